// Where readers gather the children of a node until their number is known: one growing buffer for all levels of a
// document.

/// A stack of elements of which the topmost run can be taken off as an array of exactly its size.
///
/// A collection being read remembers the height at which it began; its children are pushed, and taken when it ends. So
/// no array of the tree grows by doubling, and none holds spare room.
struct Workspace<Element>: ~Copyable {
    private var base: UnsafeMutablePointer<Element>
    private var capacity: Int
    private(set) var height = 0

    init() {
        capacity = 64
        base = .allocate(capacity: capacity)
    }

    deinit {
        base.deinitialize(count: height)
        base.deallocate()
    }

    subscript(index: Int) -> Element {
        unsafeAddress {
            precondition(index >= 0 && index < height)
            return UnsafePointer(base + index)
        }
        unsafeMutableAddress {
            precondition(index >= 0 && index < height)
            return base + index
        }
    }

    mutating func push(_ element: consuming Element) {
        if height == capacity { grow() }
        (base + height).initialize(to: element)
        height += 1
    }

    /// Takes everything above `mark` off the stack.
    mutating func take(from mark: Int) -> [Element] {
        let count = height - mark
        guard count > 0 else { return [] }
        // Reserving and appending is specialised for the element; the initializer that hands out raw storage looks its
        // type up at run time, for a tenth of the time of parsing.
        var taken: [Element] = []
        taken.reserveCapacity(count)
        for index in mark..<height { taken.append((base + index).move()) }
        height = mark
        return taken
    }

    mutating func drop(to mark: Int) {
        guard height > mark else { return }
        (base + mark).deinitialize(count: height - mark)
        height = mark
    }

    /// The elements above `mark`, in place.
    func withElements<Result>(from mark: Int, _ body: (UnsafeBufferPointer<Element>) -> Result) -> Result {
        body(UnsafeBufferPointer(start: base + mark, count: height - mark))
    }

    private mutating func grow() {
        let grown = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        grown.moveInitialize(from: base, count: height)
        base.deallocate()
        base = grown
        capacity *= 2
    }
}
