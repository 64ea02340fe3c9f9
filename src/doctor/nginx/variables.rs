//! Where the value of a variable comes from: of nginx, or of the client.

use super::text::Directive;

/// Variables are made of variables, but not without end.
const DEPTH: usize = 6;

/// Whether a client can say what a value is, in it or in what its variables are made of.
pub(super) fn said_by_client(http: &Directive, value: &str) -> bool {
    is_said(http, value, DEPTH)
}

fn is_said(http: &Directive, value: &str, depth: usize) -> bool {
    let of_client = |name: &&str| {
        let whole = ["args", "query_string"].contains(name);
        whole || ["http_", "arg_", "cookie_"].iter().any(|start| name.starts_with(start))
    };
    let made_of_such =
        |name: &str| depth > 0 && made_of(http, name).iter().any(|of| is_said(http, of, depth - 1));

    names(value).iter().any(|name| of_client(name) || made_of_such(name))
}

/// What a variable is set to anywhere, or chosen by.
pub(super) fn made_of<'a>(http: &'a Directive, name: &str) -> Vec<&'a str> {
    let variable = format!("${name}");
    let mut values = Vec::new();

    for set in http.all("set").into_iter().filter(|set| set.argument() == variable) {
        values.extend(set.arguments().get(1).map(String::as_str));
    }

    for map in http.all("map").into_iter().filter(|map| map.arguments().get(1) == Some(&variable)) {
        // Whoever chooses by the address has said whom to believe.
        if !map.argument().contains("remote_addr") {
            values.push(map.argument());
            values.extend(map.inside.iter().filter_map(|line| line.arguments().first()).map(String::as_str));
        }
    }

    values
}

/// The names of the variables in a value: `a` and `b` of `$a:${b}`.
pub(super) fn names(value: &str) -> Vec<&str> {
    let behind = value.split('$').skip(1).map(|rest| rest.strip_prefix('{').unwrap_or(rest));
    let name =
        |rest: &'_ str| rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    behind.filter_map(|rest| rest.get(..name(rest))).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::text::read;
    use super::*;

    #[test]
    fn the_names_of_variables_are_read_out_of_a_value() {
        assert_eq!(names("a $one/${two}b$three_3, $ $-"), ["one", "two", "three_3"]);
    }

    #[test]
    fn what_a_client_says_is_followed_through_variables() {
        let text = "http { map $http_x_real_ip $one { default $remote_addr; } map $uri $two { default $http_a; } \
                    map $realip_remote_addr $proxy { 192.0.2.1 $http_x_real_ip; } server { set $three $two; \
                    set $fixed webdav; location / { set $loop $loop; } } }";
        let http = &read(text)[0];

        for said in
            ["$http_x_real_ip", "${arg_ip}", "a$cookie_b", "$args", "$query_string", "$one", "$two", "$three"]
        {
            assert!(said_by_client(http, said), "{said}");
        }
        for not in ["$remote_addr", "$fixed", "$loop", "$proxy", "http_a", "", "$proxy_add_x_forwarded_for"] {
            assert!(!said_by_client(http, not), "{not}");
        }
    }
}
