// Plain block YAML without libyaml, continued: the scalars, and brackets that open and close on one line.

extension YAMLTreeBuilder {
    /// The value that begins at `index`, behind a key or dash. `column` is where the lines of the enclosing collection
    /// begin. Leaves the builder at the next line that has content.
    mutating func inlineValue(_ index: Int, column: Int) throws(Unusual) -> Value {
        let first = text[index]
        switch first {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            let (scalar, end) = try quoted(index)
            guard endsLine(end) else { throw Unusual() }
            nextContentLine()
            return .scalar(scalar)
        case UInt8(ascii: "|"):
            return .scalar(try literal(index, column: column))
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            return try flowLine(index)
        default:
            return .scalar(try plain(index, column: column))
        }
    }

    private mutating func finish(
        _ text: UnsafeBufferPointer<UInt8>, style: Scalar.Style, at position: SourcePosition
    ) throws(Unusual) -> Scalar {
        if budget.addNode() != nil || budget.addText(text.count) != nil { throw Unusual() }
        let kind = style == .plain ? options.schema.kind(text) : .string
        var scalar = Scalar(String(decoding: text, as: UTF8.self), kind: kind, style: style, position: position)
        if options.canonicalScalars, kind != .string { canonicalize(&scalar) }
        return scalar
    }

    private mutating func finishScratch(style: Scalar.Style, at position: SourcePosition) throws(Unusual) -> Scalar {
        // Out of the way of `finish`, which may change everything of the builder.
        let bytes = scratch.bytes
        let result = bytes.withUnsafeBufferPointer { text in
            Result { () throws(Unusual) in try finish(text, style: style, at: position) }
        }
        return try result.get()
    }

    // MARK: - Plain

    private mutating func plain(_ index: Int, column: Int) throws(Unusual) -> Scalar {
        guard beginsPlainText(index) else { throw Unusual() }
        let position = position(of: index)
        let (end, hasComment) = try plainEnd(index)
        if hasComment {
            let scalar = try finish(UnsafeBufferPointer(rebasing: text[index..<end]), style: .plain, at: position)
            nextContentLine()
            return scalar
        }
        let breaks = skipToContinuation(column: column)
        guard breaks > 0 else {
            return try finish(UnsafeBufferPointer(rebasing: text[index..<end]), style: .plain, at: position)
        }
        return try continuedPlain(index..<end, breaks: breaks, column: column, at: position)
    }

    /// The end of the plain text that goes on at `index`, without the blanks behind it, and whether a comment follows.
    private func plainEnd(_ index: Int) throws(Unusual) -> (end: Int, hasComment: Bool) {
        var end = index
        while end < line.end {
            let byte = text[end]
            if byte == UInt8(ascii: ":") {
                // Another key on the line.
                if end + 1 == line.end || text[end + 1] == UInt8(ascii: " ") { throw Unusual() }
            } else if byte == UInt8(ascii: "#"), end > index, text[end - 1] == UInt8(ascii: " ") {
                break
            }
            end += 1
        }
        let hasComment = end < line.end
        while text[end - 1] == UInt8(ascii: " ") { end -= 1 }
        return (end, hasComment)
    }

    /// Moves behind the current line and blank ones. If a line follows that is indented deeper than `column`, it
    /// continues the scalar: then the result is the number of line breaks before it. Otherwise 0, and the builder
    /// stands at the next line that has content.
    private mutating func skipToContinuation(column: Int) -> Int {
        var breaks = 0
        while nextLine() {
            breaks += 1
            if line.isBlank { continue }
            if text[line.content] == UInt8(ascii: "#") {
                nextContentLine()
                return 0
            }
            return line.indent > column ? breaks : 0
        }
        return 0
    }

    private mutating func continuedPlain(
        _ firstLine: Range<Int>, breaks firstBreaks: Int, column: Int, at position: SourcePosition
    ) throws(Unusual) -> Scalar {
        scratch.removeAll()
        scratch.append(text, firstLine)
        var breaks = firstBreaks
        while breaks > 0 {
            if breaks == 1 {
                scratch.put(UInt8(ascii: " "))
            } else {
                scratch.put(UInt8(ascii: "\n"), times: breaks - 1)
            }
            let start = line.content
            let (end, hasComment) = try plainEnd(start)
            scratch.append(text, start..<end)
            if hasComment {
                nextContentLine()
                break
            }
            breaks = skipToContinuation(column: column)
        }
        return try finishScratch(style: .plain, at: position)
    }

    // MARK: - Quoted

    /// The quoted scalar at `index`, which has to end on its line, and the index behind its closing quote.
    private mutating func quoted(_ index: Int) throws(Unusual) -> (Scalar, Int) {
        let quote = text[index]
        let style: Scalar.Style = quote == UInt8(ascii: "'") ? .singleQuoted : .doubleQuoted
        let position = position(of: index)
        if let close = closingQuote(index, quote) {
            return (
                try finish(UnsafeBufferPointer(rebasing: text[(index + 1)..<close]), style: style, at: position),
                close + 1
            )
        }
        scratch.removeAll()
        let end = quote == UInt8(ascii: "'") ? try unquoteSingle(index + 1) : try unquoteDouble(index + 1)
        return (try finishScratch(style: style, at: position), end)
    }

    private mutating func unquoteSingle(_ start: Int) throws(Unusual) -> Int {
        var index = start
        while index < line.end {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "'") {
                guard index < line.end, text[index] == UInt8(ascii: "'") else { return index }
                index += 1
            }
            scratch.put(byte)
        }
        throw Unusual()
    }

    private mutating func unquoteDouble(_ start: Int) throws(Unusual) -> Int {
        var index = start
        while index < line.end {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return index }
            guard byte == UInt8(ascii: "\\") else {
                scratch.put(byte)
                continue
            }
            guard index < line.end else { break }
            switch text[index] {
            case UInt8(ascii: "\""): scratch.put(UInt8(ascii: "\""))
            case UInt8(ascii: "\\"): scratch.put(UInt8(ascii: "\\"))
            case UInt8(ascii: "n"): scratch.put(UInt8(ascii: "\n"))
            case UInt8(ascii: "t"): scratch.put(UInt8(ascii: "\t"))
            case UInt8(ascii: "r"): scratch.put(UInt8(ascii: "\r"))
            default: throw Unusual()
            }
            index += 1
        }
        throw Unusual()
    }

    // MARK: - Blocks of text

    private mutating func literal(_ index: Int, column: Int) throws(Unusual) -> Scalar {
        let position = position(of: index)
        var headerEnd = index + 1
        var chomping: UInt8 = 0
        if headerEnd < line.end, text[headerEnd] == UInt8(ascii: "-") || text[headerEnd] == UInt8(ascii: "+") {
            chomping = text[headerEnd]
            headerEnd += 1
        }
        guard endsLine(headerEnd) else { throw Unusual() }

        scratch.removeAll()
        var breaks = 0
        while true {
            guard nextLine() else { throw Unusual() }
            guard line.isBlank else { break }
            // Blanks deeper than the text to come would decide its indentation.
            guard line.start == line.end else { throw Unusual() }
            breaks += 1
        }
        let indent = line.indent
        guard indent > max(column, 0) else { throw Unusual() }

        var isTerminated = false
        var hasLine = true
        scratch.put(UInt8(ascii: "\n"), times: breaks)
        breaks = 0
        while hasLine {
            if line.isBlank, line.indent <= indent {
                breaks += 1
            } else {
                guard line.indent >= indent else { break }
                scratch.put(UInt8(ascii: "\n"), times: breaks)
                scratch.append(text, (line.start + indent)..<line.end)
                breaks = 1
            }
            isTerminated = line.end < text.count
            hasLine = nextLine()
        }
        // The last line of the text may lack its break.
        if !hasLine, !isTerminated { breaks -= 1 }
        switch chomping {
        case UInt8(ascii: "-"): break
        case UInt8(ascii: "+"): scratch.put(UInt8(ascii: "\n"), times: breaks)
        default: scratch.put(UInt8(ascii: "\n"), times: min(breaks, 1))
        }
        let scalar = try finishScratch(style: .literal, at: position)
        if hasLine, text[line.content] == UInt8(ascii: "#") { nextContentLine() }
        return scalar
    }

    // MARK: - Brackets

    /// The list or mapping in brackets that fills the line from `index` on. Leaves the builder at the next line that
    /// has content.
    mutating func flowLine(_ index: Int) throws(Unusual) -> Value {
        let (value, end) = try flow(index)
        guard endsLine(end) else { throw Unusual() }
        nextContentLine()
        return value
    }

    /// The list or mapping in brackets at `index`, which has to end on its line, and the index behind its closing
    /// bracket.
    private mutating func flow(_ index: Int) throws(Unusual) -> (Value, Int) {
        depth += 1
        if depth > options.limits.depth || budget.addNode() != nil { throw Unusual() }
        let isMapping = text[index] == UInt8(ascii: "{")
        let close = isMapping ? UInt8(ascii: "}") : UInt8(ascii: "]")
        let valueMark = values.height
        let entryMark = entries.height
        let hashMark = hashes.height
        var next = skipSpaces(index + 1)
        if next < line.end, text[next] == close {
            next += 1
        } else {
            while true {
                if isMapping {
                    next = try flowEntry(next)
                } else {
                    let (value, end) = try flowValue(next)
                    values.push(value)
                    next = end
                }
                next = skipSpaces(next)
                guard next < line.end else { throw Unusual() }
                let byte = text[next]
                next += 1
                if byte == close { break }
                guard byte == UInt8(ascii: ",") else { throw Unusual() }
                next = skipSpaces(next)
            }
        }
        depth -= 1
        return (isMapping ? .object(object(from: entryMark, hashMark)) : .array(values.take(from: valueMark)), next)
    }

    private mutating func flowEntry(_ index: Int) throws(Unusual) -> Int {
        guard index < line.end else { throw Unusual() }
        let position = position(of: index)
        let isQuoted = text[index] == UInt8(ascii: "\"") || text[index] == UInt8(ascii: "'")
        let range: Range<Int>
        var end: Int
        if isQuoted {
            guard let close = closingQuote(index, text[index]) else { throw Unusual() }
            range = (index + 1)..<close
            end = close + 1
        } else {
            end = try flowPlainEnd(index)
            range = index..<end
        }
        let spelt = UnsafeBufferPointer(rebasing: text[range])
        if !isQuoted {
            let kind = options.schema.kind(spelt)
            guard kind == .string || kind == .timestamp else { throw Unusual() }
        }
        // Behind a quoted key the value may follow at once, as in JSON.
        guard range.count <= 1000, end + 1 < line.end, text[end] == UInt8(ascii: ":"),
            isQuoted || text[end + 1] == UInt8(ascii: " "),
            budget.addNode() == nil
        else { throw Unusual() }
        let (key, hash) = keys.key(spelt)
        let (value, valueEnd) = try flowValue(skipSpaces(end + 1))
        entries.push(Object.Entry(key: key, value: value, position: position))
        hashes.push(hash)
        return valueEnd
    }

    private mutating func flowValue(_ index: Int) throws(Unusual) -> (Value, Int) {
        guard index < line.end else { throw Unusual() }
        switch text[index] {
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            return try flow(index)
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            let (scalar, end) = try quoted(index)
            return (.scalar(scalar), end)
        default:
            let end = try flowPlainEnd(index)
            let scalar = try finish(
                UnsafeBufferPointer(rebasing: text[index..<end]), style: .plain, at: position(of: index))
            return (.scalar(scalar), end)
        }
    }

    /// The end of a plain scalar in brackets, made of nothing but characters that are syntax nowhere.
    private func flowPlainEnd(_ index: Int) throws(Unusual) -> Int {
        // A sign.
        let start = text[index] == UInt8(ascii: "-") ? index + 1 : index
        var end = start
        while end < line.end, PlainCharacters.isPlainInBrackets(text[end], isFirst: end == start) { end += 1 }
        guard end > start, end < line.end else { throw Unusual() }
        return end
    }
}
