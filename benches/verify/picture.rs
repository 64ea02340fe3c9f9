//! A bar for each line.

use std::fmt::Write as _;

/// One bar.
pub struct Bar {
    pub name: String,
    pub value: f64,
}

/// An SVG of horizontal bars, 1 being the bare handler.
pub fn draw(title: &str, bars: &[Bar]) -> String {
    let (left, width, step) = (360.0, 500.0, 26.0);
    let height = step * (bars.len() as f64 + 2.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"13\"><rect width=\"100%\" height=\"100%\" fill=\"white\"/>\
         <text x=\"8\" y=\"18\" font-weight=\"bold\">{title}</text>\n",
        left + width + 60.0
    );
    for (row, bar) in bars.iter().enumerate() {
        let y = step * (row as f64 + 1.2);
        let long = bar.value.min(1.0) * width;
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{left}\" y=\"{y}\" width=\"{long:.1}\" height=\"18\" fill=\"#3b6ea5\"/>\
             <text x=\"{:.1}\" y=\"{}\">{:.2}</text>",
            left - 8.0,
            y + 14.0,
            bar.name,
            left + long + 6.0,
            y + 14.0,
            bar.value
        );
    }
    svg.push_str("</svg>\n");
    svg
}
