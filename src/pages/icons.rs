//! Small pictures, drawn in the page so that they take its colours. None says what no word beside it says.

use std::fmt;

use askama::filters::HtmlSafe;

/// A small picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A phone or tablet.
    Phone,
    /// A computer.
    Computer,
    /// A printer or scanner.
    Printer,
    /// A calendar.
    Calendar,
    /// Mail in a browser.
    Globe,
    /// Some mail client.
    Mail,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Phone => {
                "M8 2.5h8a1.5 1.5 0 0 1 1.5 1.5v16a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 20V4A1.5 1.5 0 0 1 8 2.5zM11 18.5h2"
            }
            Self::Computer => "M4 4.5h16v11H4zM2 19.5h20M9.5 15.5v4M14.5 15.5v4",
            Self::Printer => "M7 8.5V3h10v5.5M7 17.5H4v-9h16v9h-3M7 14h10v7H7z",
            Self::Calendar => "M4 5.5h16v15H4zM4 10h16M8 3v4M16 3v4",
            Self::Globe => {
                "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18"
            }
            Self::Mail => "M3.5 6h17v12h-17zM4 6.5l8 6.5 8-6.5",
        }
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        write!(f, "<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"{path}\"/></svg>")
    }
}

// It writes what stands above and nothing that anybody typed.
impl HtmlSafe for Icon {}
