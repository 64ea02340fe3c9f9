//! Which settings there are, and what each takes: read from the structs themselves.
//!
//! serde asks a deserializer for a struct by the names of its fields, and for a value by its type. The one here answers
//! with the one field that leads on to where it looks, notes the type there, and gives up:
//!
//! ```text
//!   Config? struct {server, storage, ...}   server? struct {listen, ...}   server.listen? text
//! ```

use std::cell::Cell;

use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};

/// What a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Number,
    /// Text, the names of choices among it.
    Text,
    /// A number or a name.
    NumberOrText,
    /// A list of texts.
    Texts,
    /// Tables by name or in a list, which only a file can contain.
    Tables,
}

/// One setting of the configuration file, and what it takes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// The names of its sections, and its own.
    pub(super) path: Vec<&'static str>,
    /// What it takes.
    pub(super) kind: Kind,
}

impl Setting {
    /// The environment variable that sets it.
    pub(super) fn variable(&self) -> String {
        variable(&self.path)
    }
}

/// The environment variable of a setting; of a section, what those of its settings begin with.
pub(super) fn variable<T: AsRef<str>>(path: &[T]) -> String {
    path.iter().fold("CLIENTPASS".to_owned(), |name, key| format!("{name}_{}", key.as_ref().to_uppercase()))
}

/// All settings of a configuration, in the order of its structs.
pub(super) fn settings<T: DeserializeOwned>() -> Vec<Setting> {
    let mut all = Vec::new();
    add::<T>(&[], &mut all);
    all
}

fn add<T: DeserializeOwned>(path: &[&'static str], all: &mut Vec<Setting>) {
    let found = Cell::new(None);
    // It never ends well: what was found is not answered.
    drop(T::deserialize(Probe { path, in_list: false, found: &found }));

    match found.get() {
        Some(Found::Section(keys)) => keys.iter().for_each(|key| add::<T>(&[path, &[*key]].concat(), all)),
        Some(Found::Setting(kind)) => all.push(Setting { path: path.to_vec(), kind }),
        None => {}
    }
}

#[derive(Clone, Copy)]
enum Found {
    Section(&'static [&'static str]),
    Setting(Kind),
}

/// Looks at what is at the end of a path.
#[derive(Clone, Copy)]
struct Probe<'a> {
    path: &'a [&'static str],
    in_list: bool,
    found: &'a Cell<Option<Found>>,
}

impl Probe<'_> {
    fn note<T>(self, kind: Kind) -> Result<T, Error> {
        let kind = match (self.in_list, kind) {
            (false, kind) => kind,
            (true, Kind::Text) => Kind::Texts,
            (true, _) => Kind::Tables,
        };
        self.found.set(Some(Found::Setting(kind)));
        Err(Error::custom("found"))
    }
}

/// Methods of a deserializer that note a kind.
macro_rules! note {
    ($($method:ident)* => $kind:expr) => {
        $(fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> { self.note($kind) })*
    };
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    note!(deserialize_bool => Kind::Boolean);
    note!(
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 => Kind::Number
    );
    note!(deserialize_char deserialize_str deserialize_string deserialize_identifier => Kind::Text);
    // What takes any type looks at the value, and uses it as a number or as text.
    note!(deserialize_any => Kind::NumberOrText);

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.note(Kind::Text)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Probe { in_list: true, ..self })
    }

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        self.note(Kind::Tables)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.path.split_first() {
            _ if self.in_list => self.note(Kind::Tables),
            Some((key, path)) => visitor.visit_map(Step { key: Some(key), probe: Probe { path, ..self } }),
            None => {
                self.found.set(Some(Found::Section(keys)));
                Err(Error::custom("found"))
            }
        }
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 bytes byte_buf unit unit_struct tuple tuple_struct ignored_any
    }
}

impl<'de> SeqAccess<'de> for Probe<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        seed.deserialize(*self).map(Some)
    }
}

/// A table with the one key that leads on.
struct Step<'a> {
    key: Option<&'static str>,
    probe: Probe<'a>,
}

impl<'de> MapAccess<'de> for Step<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.key.take().map(|key| seed.deserialize(StrDeserializer::new(key))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(self.probe)
    }
}
