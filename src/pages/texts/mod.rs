//! What the pages say, in each language: messages in files beside this one (Project Fluent).

use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::language::Language;

type Bundle = FluentBundle<FluentResource>;

/// The files of each language.
macro_rules! files {
    ($($name:literal)*) => {
        const ENGLISH: &[&str] = &[$(include_str!(concat!("en/", $name, ".ftl"))),*];
        const CHINESE: &[&str] = &[$(include_str!(concat!("zh/", $name, ".ftl"))),*];
    };
}

files! {
    "common"
    "invitation"
    "member"
    "passwords"
    "policy"
    "settings"
    "set_up"
    "setup"
    "admin"
}

/// What all pages say.
#[derive(Clone)]
pub struct Texts {
    english: Arc<Bundle>,
    chinese: Arc<Bundle>,
}

impl Texts {
    /// Reads the messages; what is wrong with them if they cannot be read.
    pub fn load() -> Result<Self, String> {
        Ok(Self {
            english: Arc::new(bundle(Language::English, ENGLISH)?),
            chinese: Arc::new(bundle(Language::Chinese, CHINESE)?),
        })
    }

    /// The words of a language.
    pub fn of(&self, language: Language) -> Words {
        let bundle = match language {
            Language::English => &self.english,
            Language::Chinese => &self.chinese,
        };
        Words { language, bundle: Arc::clone(bundle) }
    }
}

fn bundle(language: Language, files: &[&str]) -> Result<Bundle, String> {
    let tag: LanguageIdentifier = language.tag().parse().map_err(|why| format!("{why}"))?;
    let mut bundle = Bundle::new_concurrent(vec![tag]);
    // Only what people typed is set apart, not numbers: by its `Value`, or by markup where it stands alone.
    bundle.set_use_isolating(false);

    for file in files {
        let messages = FluentResource::try_new((*file).to_owned())
            .map_err(|(_, errors)| format!("{}: {errors:?}", language.tag()))?;
        bundle.add_resource(messages).map_err(|errors| format!("{}: {errors:?}", language.tag()))?;
    }
    Ok(bundle)
}

/// A value within a message.
pub trait Value {
    /// As Fluent takes it.
    fn value(&self) -> FluentValue<'_>;
}

impl Value for str {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(apart(self))
    }
}

impl Value for String {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(apart(self))
    }
}

/// A text that goes into a message as it is, because the message is no part of a page.
pub struct Plain<'a>(pub &'a str);

impl Value for Plain<'_> {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(self.0)
    }
}

impl Value for i64 {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(*self)
    }
}

impl Value for usize {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(*self)
    }
}

impl<V: Value + ?Sized> Value for &V {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

/// A text that somebody typed, set apart from what is around it (UAX 9): one from right to left, or with characters that
/// turn the order of what follows, turns nothing else.
pub fn apart(text: &str) -> String {
    let no_isolate = |c: &char| !matches!(c, '\u{2066}'..='\u{2069}');
    let within: String = text.chars().filter(no_isolate).collect();
    format!("\u{2068}{within}\u{2069}")
}

/// What the pages say in one language.
#[derive(Clone)]
pub struct Words {
    /// Which one.
    pub language: Language,
    bundle: Arc<Bundle>,
}

impl Words {
    /// The message of this name.
    pub fn say(&self, message: &str) -> String {
        self.format(message, None)
    }

    /// A text that somebody typed, where it stands beside others and no markup is.
    pub fn apart(&self, text: &str) -> String {
        apart(text)
    }

    /// The same with a value in it.
    pub fn with<V: Value>(&self, message: &str, name: &str, value: V) -> String {
        let mut args = FluentArgs::new();
        args.set(name, value.value());
        self.format(message, Some(&args))
    }

    /// The same with two values in it.
    pub fn with_two<V: Value, W: Value>(
        &self,
        message: &str,
        (name, value): (&str, V),
        (other, another): (&str, W),
    ) -> String {
        let mut args = FluentArgs::new();
        args.set(name, value.value());
        args.set(other, another.value());
        self.format(message, Some(&args))
    }

    /// The same with three values in it.
    pub fn with_three(
        &self,
        message: &str,
        (one, first): (&str, &str),
        (other, second): (&str, &str),
        (last, third): (&str, &str),
    ) -> String {
        let mut args = FluentArgs::new();
        args.set(one, first);
        args.set(other, second);
        args.set(last, third);
        self.format(message, Some(&args))
    }

    /// Whether there is a message of this name.
    pub fn has(&self, message: &str) -> bool {
        self.bundle.has_message(message)
    }

    /// The first of these messages that there is; its name in brackets if there is none, which a test rules out.
    pub fn first(&self, messages: &[&str]) -> String {
        let found = messages.iter().find(|message| self.has(message));
        self.say(found.or(messages.last()).unwrap_or(&""))
    }

    fn format(&self, message: &str, args: Option<&FluentArgs<'_>>) -> String {
        let pattern = self.bundle.get_message(message).and_then(|found| found.value());
        let Some(pattern) = pattern else { return format!("[{message}]") };
        let mut errors = Vec::new();
        self.bundle.format_pattern(pattern, args, &mut errors).into_owned()
    }
}
