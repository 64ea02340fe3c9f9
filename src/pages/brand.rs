//! What an operator makes the pages look like: a name, a logo, a colour.

/// A colour, as `#rrggbb` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour([u8; 3]);

impl Colour {
    /// The colour of pages of which nobody says otherwise.
    pub const DEFAULT: Self = Self([0x1d, 0x5f, 0xbf]);
    /// What pages are written on by day.
    pub const WHITE: Self = Self([0xff, 0xff, 0xff]);
    /// What pages are written on by night.
    pub const NIGHT: Self = Self([0x1a, 0x1d, 0x23]);

    /// From `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text
            .strip_prefix('#')
            .filter(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        let bits = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = bits.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// As a style sheet writes it.
    pub fn css(self) -> String {
        let Self([red, green, blue]) = self;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// White or black, whichever is read better on it.
    pub fn text(self) -> &'static str {
        if contrast(self.luminance(), 1.0) >= contrast(self.luminance(), 0.0) { "#ffffff" } else { "#000000" }
    }

    /// The same colour, mixed with black or white as far as it has to be to be read as text on this background (WCAG
    /// 2.2, 1.4.3: at least 4.5 to 1).
    #[must_use]
    pub fn readable_on(self, background: Self) -> Self {
        let towards: f64 = if background.luminance() > 0.5 { 0.0 } else { 255.0 };
        let mut steps = (0..=20).map(|step| self.mixed(towards, f64::from(step) / 20.0));
        let readable = |one: &Self| contrast(one.luminance(), background.luminance()) >= 4.6;
        steps.find(readable).unwrap_or_else(|| self.mixed(towards, 1.0))
    }

    fn mixed(self, towards: f64, share: f64) -> Self {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 255")]
        Self(self.0.map(|part| (f64::from(part) * (1.0 - share) + towards * share).round() as u8))
    }

    /// Relative luminance, as WCAG 2.2 defines it.
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let Self([red, green, blue]) = self;
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}

fn contrast(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// A picture that an operator gave, with its media type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// `image/svg+xml` or `image/png`.
    pub media_type: &'static str,
}

/// What the pages look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brand {
    /// What the service is called.
    pub name: String,
    /// What stands before the name, if not our own sign.
    pub logo: Option<Logo>,
    /// The colour of buttons and links.
    pub accent: Colour,
}

impl Default for Brand {
    fn default() -> Self {
        Self { name: "clientpass".into(), logo: None, accent: Colour::DEFAULT }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_hexadecimal_digits() {
        assert_eq!(Colour::parse("#1d5FBF"), Some(Colour::DEFAULT));
        assert_eq!(Colour::parse("#1d5fbf").unwrap().css(), "#1d5fbf");
        for wrong in ["", "1d5fbf", "#1d5fb", "#1d5fbff", "#1d5fbg", "#+d5fbf", "#ééé"] {
            assert_eq!(Colour::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn whatever_the_colour_text_can_be_read() {
        let (white, black) = (Colour([255; 3]), Colour([16, 18, 22]));
        for colour in ["#1d5fbf", "#ffffff", "#000000", "#ffd400", "#00ff00", "#808080", "#123456"] {
            let colour = Colour::parse(colour).unwrap();
            for background in [white, black] {
                let text = colour.readable_on(background);
                assert!(contrast(text.luminance(), background.luminance()) >= 4.5, "{colour:?}");
            }
            let on = if colour.text() == "#ffffff" { 1.0 } else { 0.0 };
            assert!(contrast(colour.luminance(), on) >= 4.5, "{colour:?}");
        }
    }
}
