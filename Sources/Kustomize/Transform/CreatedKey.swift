// Keys that a build writes into an object. The reference writes them without quotes and reads them again, so that a key
// which spells a number, a boolean or null is no string any more; and then it cannot print the object.

import Manifest

enum CreatedKey {
    /// Refuses a key that would not be read back as a string.
    static func check(_ key: String) throws(TransformFailure) {
        if key == "<<" {
            throw TransformFailure("the key `<<` reads as a merge, and keys must be names", cure: "choose another key")
        }
        let kind = Scalar.Kind.resolve(key)
        if kind == .string || kind == .timestamp { return }
        throw TransformFailure(
            "the key `\(key)` reads as \(Value.scalar(Scalar(key, kind: kind)).noun), and keys must be strings",
            cure: "choose a key with a letter in it")
    }
}
