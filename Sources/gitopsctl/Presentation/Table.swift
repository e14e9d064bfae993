// Columns under headings, fitted to a width.

struct Table {
    struct Column {
        var title: String
        /// The columns that a narrow terminal drops go first from the highest number; 0 stays always.
        var dispensability = 0
        /// Whether long cells are cut in the middle when the table is too wide.
        var shrinks = false
        /// The width below which no cell is cut.
        var minimum = 8
    }

    struct Cell {
        var text: String
        var ink: Ink

        init(_ text: String, _ ink: Ink = .plain) {
            self.text = text
            self.ink = ink
        }
    }

    var columns: [Column]
    var rows: [[Cell]] = []

    /// The lines of the table. Between two columns stand two spaces; the last is not padded.
    func lines(width: Int) -> [InkedLine] {
        var shown = Array(columns.indices)
        var widths = naturalWidths()
        func total() -> Int { shown.reduce(0) { $0 + widths[$1] } + 2 * max(0, shown.count - 1) }
        while true {
            var excess = total() - width
            while excess > 0 {
                // The widest column that may shrink gives one column at a time, so that all end up alike.
                let candidate = shown.filter { columns[$0].shrinks && widths[$0] > columns[$0].minimum }.max {
                    widths[$0] < widths[$1]
                }
                guard let candidate else { break }
                widths[candidate] -= 1
                excess -= 1
            }
            guard excess > 0,
                let least = shown.filter({ columns[$0].dispensability > 0 })
                    .max(by: { columns[$0].dispensability < columns[$1].dispensability })
            else { break }
            shown.removeAll { $0 == least }
            widths = naturalWidths()
        }
        var lines: [InkedLine] = []
        if columns.contains(where: { !$0.title.isEmpty }) {
            lines.append(line(columns.map { Cell($0.title, .quiet) }, shown, widths))
        }
        lines += rows.map { line($0, shown, widths) }
        return lines
    }

    private func naturalWidths() -> [Int] {
        columns.indices.map { index in
            rows.reduce(TextWidth.of(columns[index].title)) { max($0, TextWidth.of($1[index].text)) }
        }
    }

    private func line(_ cells: [Cell], _ shown: [Int], _ widths: [Int]) -> InkedLine {
        var line = InkedLine()
        for (place, index) in shown.enumerated() {
            let text = TextWidth.shortened(cells[index].text, to: widths[index])
            line.append(text, cells[index].ink)
            let isLast = shown[(place + 1)...].allSatisfy { cells[$0].text.isEmpty }
            if !isLast { line.append(String(repeating: " ", count: widths[index] - TextWidth.of(text) + 2)) }
        }
        return line
    }
}
