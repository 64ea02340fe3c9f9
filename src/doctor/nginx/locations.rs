//! Which location answers a path. Of regular expressions only those are tried that are plain text.

use super::text::{Around, Directive, named};

/// How a location is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// `location = /path`.
    Exact,
    /// `location /path`, `location ^~ /path`.
    Prefix,
    /// `location ~ expression`, which goes before all prefixes but those with `^~`.
    Pattern,
    /// `location @name`, which no request from outside reaches.
    Name,
}

/// The blocks that a request may end up in.
const BLOCKS: [&str; 2] = ["server", "location"];

/// How a location is chosen, and by what.
pub(super) fn way(location: &Directive) -> (Way, &str) {
    let marks = [("=", Way::Exact), ("^~", Way::Prefix), ("~*", Way::Pattern), ("~", Way::Pattern)];
    let (first, second) = (location.argument(), location.arguments().get(1));
    // Between the mark and the path there need be no space.
    let marked = marks.iter().find_map(|(mark, way)| Some((*way, first.strip_prefix(mark)?)));

    match marked {
        Some((way, rest)) => (way, second.map_or(rest, String::as_str)),
        None if first.starts_with('@') => (Way::Name, first),
        None => (Way::Prefix, first),
    }
}

/// The location that answers a path, or has this name, behind those that it lies in; empty where there is none.
pub(super) fn answering<'a>(block: &'a Directive, path: &str) -> Vec<&'a Directive> {
    let all = || named(&block.inside, "location").map(|location| (way(location), location));

    let exact = all().find(|((way, of), _)| matches!(way, Way::Exact | Way::Name) && *of == path);
    if let Some((_, location)) = exact {
        return vec![location];
    }

    let prefix = all().filter(|((way, of), _)| *way == Way::Prefix && path.starts_with(of));
    let longest = prefix.max_by_key(|((_, of), _)| of.len()).map(|(_, location)| location);
    let pattern = all().find(|((way, of), _)| *way == Way::Pattern && fits(of, path)).map(|(_, of)| of);
    let fixed = longest.is_some_and(|location| location.argument().starts_with("^~"));

    let Some(location) = pattern.filter(|_| !fixed).or(longest) else { return Vec::new() };
    let mut chain = vec![location];
    chain.extend(answering(location, path));
    chain
}

/// Whether a regular expression that is plain text fits; one that is not is taken for one that does not.
fn fits(pattern: &str, path: &str) -> bool {
    let (start, rest) = pattern.strip_prefix('^').map_or((false, pattern), |rest| (true, rest));
    let (end, rest) = rest.strip_suffix('$').map_or((false, rest), |rest| (true, rest));
    let text = rest.replace("\\.", ".");
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);

    if !rest.replace("\\.", "").chars().all(plain) {
        return false;
    }

    match (start, end) {
        (true, true) => path == text,
        (true, false) => path.starts_with(&text),
        (false, true) => path.ends_with(&text),
        (false, false) => path.contains(&text),
    }
}

/// Every server of a configuration and every location in it, in the blocks around it.
pub(super) fn places(http: &Directive) -> Vec<Vec<&Directive>> {
    let mut all = Vec::new();
    gather(&[http], &mut all);
    all
}

fn gather<'a>(around: &Around<'a>, into: &mut Vec<Vec<&'a Directive>>) {
    let blocks = around.last().map_or(&[][..], |innermost| &innermost.inside);

    for block in blocks.iter().filter(|block| BLOCKS.contains(&block.name())) {
        let place = [around, &[block]].concat();
        into.push(place.clone());
        gather(&place, into);
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::read;
    use super::*;

    /// The location that answers, as it is written.
    fn answer(locations: &str, path: &str) -> String {
        let server = &read(&format!("server {{ {locations} }}"))[0];
        answering(server, path).last().map_or(String::new(), |location| location.arguments().join(" "))
    }

    #[test]
    fn the_location_is_the_one_that_nginx_takes() {
        let all = "location / {} location /a/ { location /a/b {} location = /a/b/c {} } location =/a {} \
                   location ^~ /f/ {} location ~ ^/v$ {} location ~* \\.php$ {} location ~ ^/x[0-9] {} location @n {}";
        for (path, expected) in [
            ("/a", "=/a"),
            ("/a/", "/a/"),
            ("/a/b/d", "/a/b"),
            ("/a/b/c", "= /a/b/c"),
            ("/a/i.php", "~* \\.php$"),
            ("/f/i.php", "^~ /f/"),
            ("/v", "~ ^/v$"),
            ("/v/w", "/"),
            ("/x1", "/"),
            ("@n", "@n"),
            ("@m", ""),
        ] {
            assert_eq!(answer(all, path), expected, "{path}");
        }
        assert_eq!(answer("location /a/ {}", "/b"), "");

        // Of a pattern it counts on which sides it is bound.
        for (pattern, fits, other) in [
            ("^/x", "/x/y", "/a/x"),
            ("/x$", "/a/x", "/x/y"),
            ("^/x$", "/x", "/x/y"),
            ("/x", "/a/x/y", "/a/y"),
        ] {
            let locations = format!("location / {{}} location ~ {pattern} {{}}");
            assert_eq!(answer(&locations, fits), format!("~ {pattern}"), "{fits}");
            assert_eq!(answer(&locations, other), "/", "{other}");
        }
        // What is more than plain text is taken for one that does not fit.
        assert_eq!(answer("location / {} location ~ ^/x|/y {}", "/x|/y"), "/");
    }

    #[test]
    fn places_are_all_servers_and_locations() {
        let read =
            read("http { server { location / { location /a {} } if ($x) { return 403; } } server {} }");
        let depths: Vec<usize> = places(&read[0]).iter().map(Vec::len).collect();
        assert_eq!(depths, [2, 3, 4, 2]);
    }
}
