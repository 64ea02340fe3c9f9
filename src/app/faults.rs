//! Why the service would not start: all of it that is known before anything is opened, not only what comes first.

use super::error::StartError;

/// At least one fault, in the order in which a start would meet them.
#[derive(Debug)]
pub struct Faults {
    first: Box<StartError>,
    more: Vec<StartError>,
}

impl Faults {
    /// Each by itself.
    pub fn all(self) -> impl Iterator<Item = StartError> {
        std::iter::once(*self.first).chain(self.more)
    }

    fn and(mut self, others: Self) -> Self {
        self.more.extend(others.all());
        self
    }
}

impl From<StartError> for Faults {
    fn from(first: StartError) -> Self {
        Self { first: Box::new(first), more: Vec::new() }
    }
}

/// A start ends with the first.
impl From<Faults> for StartError {
    fn from(faults: Faults) -> Self {
        *faults.first
    }
}

/// Two parts, or what is wrong with both.
pub(super) fn both<A, B>(
    one: Result<A, impl Into<Faults>>,
    other: Result<B, impl Into<Faults>>,
) -> Result<(A, B), Faults> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(one), Err(other)) => Err(Faults::and(one.into(), other.into())),
        (Err(why), Ok(_)) => Err(why.into()),
        (Ok(_), Err(why)) => Err(why.into()),
    }
}

/// Every part, or what is wrong with each.
pub(super) fn each<T>(made: impl IntoIterator<Item = Result<T, StartError>>) -> Result<Vec<T>, Faults> {
    let mut whole: Result<Vec<T>, Faults> = Ok(Vec::new());
    for part in made {
        whole = match (whole, part) {
            (Ok(mut parts), Ok(part)) => {
                parts.push(part);
                Ok(parts)
            }
            (Err(faults), Err(why)) => Err(faults.and(why.into())),
            (Err(faults), Ok(_)) => Err(faults),
            (Ok(_), Err(why)) => Err(why.into()),
        };
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong<T>(why: &str) -> Result<T, StartError> {
        Err(StartError::Pages(why.into()))
    }

    fn said<T>(made: Result<T, Faults>) -> Vec<String> {
        made.err().map_or_else(Vec::new, |faults| faults.all().map(|why| why.to_string()).collect())
    }

    #[test]
    fn every_fault_is_kept_and_the_first_stays_the_first() {
        let two = both(both(wrong::<u8>("a"), Ok::<_, StartError>(1)), each([Ok(1), wrong("b"), wrong("c")]));
        assert_eq!(said(two), ["a", "b", "c"]);

        let first = both(Ok::<_, StartError>(1), each([wrong::<u8>("b"), wrong("c")]));
        assert_eq!(StartError::from(first.unwrap_err()).to_string(), "b");

        assert_eq!(each([Ok(1), Ok(2)]).unwrap(), [1, 2]);
        assert_eq!(both(Ok::<_, StartError>(1), Ok::<_, StartError>(2)).unwrap(), (1, 2));
    }
}
