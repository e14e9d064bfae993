// Dependents follow their owners, by the three policies of deletion.

import Manifest

extension Life {
    /// Works off what deletion has left to do with an object: the finalizers of the garbage collector, and owners that
    /// are gone.
    /// - Returns: whether the object is on its way out, so that no controller need look at it.
    func collect(_ object: StoredObject, _ item: WorkItem) -> Bool {
        if object.isBeingDeleted {
            let finalizers = object.value.finalizers
            if finalizers.contains("orphan") {
                orphan(object)
                change(item.resource, item.key) { $0.removeFinalizer("orphan") }
            } else if finalizers.contains("foregroundDeletion") {
                let dependents = owners.dependents(of: object.uid)
                if dependents.isEmpty {
                    change(item.resource, item.key) { $0.removeFinalizer("foregroundDeletion") }
                } else {
                    for dependent in dependents where !(self.object(dependent)?.isBeingDeleted ?? true) {
                        delete(dependent, .foreground)
                    }
                }
            }
            return false
        }
        let references = object.value.ownerReferences
        guard !references.isEmpty else { return false }
        let living = references.filter { owners.item(uid: $0.uid) != nil }
        if living.isEmpty {
            delete(item)
            return true
        }
        if living.count < references.count {
            let uids = Set(living.map(\.uid))
            change(item.resource, item.key) { value in
                let kept = (value[path: "metadata", "ownerReferences"]?.array ?? []).filter {
                    uids.contains($0["uid"]?.string ?? "")
                }
                value["metadata"]?["ownerReferences"] = .array(kept)
            }
        }
        return false
    }

    private func orphan(_ owner: StoredObject) {
        for dependent in owners.dependents(of: owner.uid) {
            change(dependent.resource, dependent.key) { value in
                let kept = (value[path: "metadata", "ownerReferences"]?.array ?? []).filter {
                    $0["uid"]?.string != owner.uid
                }
                value["metadata"]?["ownerReferences"] = kept.isEmpty ? nil : .array(kept)
            }
        }
    }

    /// What goes with an object that owns nothing by reference: a claim's volume.
    func afterDeletion(of object: StoredObject, _ resource: GroupResource, _ now: Timestamp) {
        guard resource == .claims, let volume = object.value[path: "spec", "volumeName"]?.string,
            let found = api.store.object(.volumes, ObjectKey(namespace: "", name: volume)),
            found.value[path: "spec", "claimRef", "uid"]?.string == object.uid
        else { return }
        setStatus(.volumes, found.key) { $0["phase"] = "Released" }
        if found.value[path: "spec", "persistentVolumeReclaimPolicy"]?.string == "Delete" {
            delete(WorkItem(resource: .volumes, key: found.key))
        }
    }
}
