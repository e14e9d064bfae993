// `gitopsctl seal`: Secrets that can stand in Git, and the keys that open them.

import ArgumentParser

struct SealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract: "Seal Secrets so that they can stand in Git, and look after the keys.",
        discussion: """
            A sealed Secret can be read by everybody and opened only by whoever holds the private key: the cluster. Seal one with

              kubectl create secret generic db --from-literal=password=… --dry-run=client -o yaml | gitopsctl seal > db-sealed.yaml

            or without kubectl:

              gitopsctl seal --name db --namespace shop --from-file password=./password > db-sealed.yaml

            and commit db-sealed.yaml. The form is that of Bitnami's Sealed Secrets: kubeseal and its controller read it, and what they \
            write is read here.
            """,
        subcommands: [SealSecret.self, SealOpen.self, SealRotate.self, SealReencrypt.self, SealReport.self],
        defaultSubcommand: SealSecret.self)
}
