"""Where the boxes of a DAG stand: rows, order, columns. Who draws them, as text or SVG, is higher up."""
