//! QR codes, drawn as one path in the page.

use std::fmt::{self, Write as _};

use askama::filters::HtmlSafe;
use qrcode::{Color, EcLevel, QrCode};
use zeroize::Zeroizing;

/// A QR code. It may hold a secret.
pub struct Qr {
    width: usize,
    path: Zeroizing<String>,
}

impl Qr {
    /// Draws a text; none if it is too long for one.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let mut path = Zeroizing::new(String::with_capacity(width * width * 6));

        for (at, color) in code.into_colors().into_iter().enumerate() {
            if color == Color::Dark {
                write!(path, "M{} {}h1v1h-1z", at % width, at / width).ok()?;
            }
        }
        Some(Self { width, path })
    }
}

impl fmt::Display for Qr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A margin of four modules, as ISO/IEC 18004 wants it.
        let all = self.width + 8;
        write!(
            f,
            "<svg class=\"qr\" viewBox=\"-4 -4 {all} {all}\" shape-rendering=\"crispEdges\" aria-hidden=\"true\">\
             <path fill=\"#fff\" d=\"M-4 -4h{all}v{all}h-{all}z\"/><path d=\"{}\"/></svg>",
            *self.path
        )
    }
}

impl fmt::Debug for Qr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Qr")
    }
}

// It writes numbers and nothing that anybody typed.
impl HtmlSafe for Qr {}
