// The plugin that opens sealed Secrets: the process around SealedSecretsFunction, with the keys that the host grants.

import FunctionProcess
import Glibc
import SealedSecrets

@main struct SealedSecretsPlugin {
    static func main() {
        // Keys do not change while a process lives: under other grants the host starts another one.
        let function = SealedSecretsFunction(keys: FunctionProcess.grantedSecrets())
        exit(FunctionProcess.run(function.transform))
    }
}
