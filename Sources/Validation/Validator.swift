// All rules over one environment: objects in, findings out. Pure: no files, no clock, no network.

package import Manifest

package struct Validator: Sendable {
    private let catalogue: SchemaCatalogue
    private let target: KubernetesVersion

    /// - Parameter target: the version of the cluster that the manifests are for.
    package init(catalogue: SchemaCatalogue = SchemaCatalogue(), target: KubernetesVersion = .newest) {
        self.catalogue = catalogue
        self.target = target
    }

    /// Everything that is to be said of an environment, and how many findings its objects switch off.
    package func validate(_ environment: Environment) -> (findings: [Finding], ignored: Int) {
        let inventory = Inventory(environment, catalogue: catalogue, target: target)
        var report = Report(environment)
        for rule in Rule.all { rule.check?(inventory, &report) }
        return report.heedingAnnotations(inventory)
    }
}

/// What a run over a tree came to.
package struct ValidationResult: Sendable {
    /// Once each, by file and line.
    package var findings: [Finding]
    package var environments: Int
    package var objects: Int
    /// Findings that are switched off.
    package var ignored: Int

    package init(findings: [Finding], environments: Int, objects: Int, ignored: Int) {
        self.findings = Finding.gathered(findings)
        self.environments = environments
        self.objects = objects
        self.ignored = ignored
    }

    package func count(_ severity: Diagnostic.Severity) -> Int { findings.count { $0.severity == severity } }
}
