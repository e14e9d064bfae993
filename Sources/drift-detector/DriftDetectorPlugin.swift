// The plugin that tells what drifted: the process around DriftDetectorFunction.

import DriftDetector
import FunctionProcess
import Glibc

@main struct DriftDetectorPlugin {
    static func main() {
        exit(FunctionProcess.run(DriftDetectorFunction.observe))
    }
}
