//! Whether somebody is asked before a place is reached: clientpass, or somebody else.

use super::locations::{Way, answering, places, way};
use super::question::Question;
use super::text::{Around, Directive, in_force, named};

/// Answers that nginx gives before or by the question, as long as nobody has been let in.
const REFUSALS: [&str; 9] = ["401", "403", "413", "429", "495", "496", "497", "500", "503"];

/// The path that is asked; nothing where nobody is.
fn asked<'a>(around: &Around<'a>) -> Option<&'a str> {
    in_force(around, "auth_request").last().map(|asked| asked.argument()).filter(|uri| *uri != "off")
}

/// Whether clientpass is asked first. What answers the question itself is not asked about.
pub(super) fn asks(around: &Around<'_>, ours: &[String]) -> bool {
    let question = asked(around).and_then(|uri| Question::of(around, uri));
    question.is_some_and(|question| !question.is_answered_by(around) && question.is_ours(ours))
}

/// Whether it is said that nobody is asked, and not only left out.
pub(super) fn says_off(around: &Around<'_>) -> bool {
    in_force(around, "auth_request").last().is_some_and(|asked| asked.argument() == "off")
}

/// Whether something else stands before it: another verifier, other passwords, a list of addresses, an answer that needs
/// no content.
pub(super) fn is_closed(around: &Around<'_>, ours: &[String]) -> bool {
    let set = |name| in_force(around, name).last().map(|set| set.argument());
    let passwords =
        ["auth_basic", "auth_jwt"].into_iter().any(|name| set(name).is_some_and(|of| of != "off"));
    let verifier = asked(around).is_some() && !asks(around, ours);

    let answers = |block: &&Directive| named(&block.inside, "return").next().is_some();
    let answered = around.last().is_some_and(answers) || around.get(1).is_some_and(answers);

    passwords || verifier || answered || denies(around) || set("ssl_verify_client") == Some("on")
}

/// Whether addresses are named, and all others are not let in.
fn denies(around: &Around<'_>) -> bool {
    let rule = |of: &&Directive| ["allow", "deny"].contains(&of.name());
    let holds = around.iter().rev().find(|block| block.inside.iter().any(|of| rule(&of)));
    holds.is_some_and(|block| named(&block.inside, "deny").any(|deny| deny.argument() == "all"))
}

/// Whether a request gets there that nobody has been asked about: from outside, or through a place that asks nobody.
pub(super) fn is_reached(around: &Around<'_>, ours: &[String]) -> bool {
    let ([http, server, ..], Some(location)) = (around, around.last()) else { return true };
    if !is_inner(around) {
        return true;
    }

    let (_, path) = way(location);
    let open = |from: &Vec<&Directive>| !is_inner(from) && !asks(from, ours) && !is_closed(from, ours);
    let in_server = |from: &Vec<&Directive>| from.get(1).is_some_and(|of| std::ptr::eq(*of, *server));
    places(http).iter().filter(|from| in_server(from) && open(from)).any(|from| leads(from, path))
}

/// Whether no request from outside comes there.
fn is_inner(around: &Around<'_>) -> bool {
    let named =
        around.last().is_some_and(|location| location.name() == "location" && way(location).0 == Way::Name);
    named || !in_force(around, "internal").is_empty()
}

/// Whether an answer or a file that is missing leads from one place to the path of another.
fn leads(from: &Around<'_>, path: &str) -> bool {
    let tries = from.last().map_or(&[][..], |place| &place.inside);
    let mut ways = in_force(from, "error_page").into_iter().chain(named(tries, "try_files"));
    ways.any(|way| way.arguments().last().is_some_and(|to| to == path))
}

/// Where those go, from a guarded place, who have been refused: the locations, in the blocks around them.
pub(super) fn refused_to<'a>(around: &Around<'a>) -> Vec<Vec<&'a Directive>> {
    let [http, server, ..] = around else { return Vec::new() };

    let refusal = |page: &&Directive| page.arguments().iter().any(|code| REFUSALS.contains(&code.as_str()));
    let pages = in_force(around, "error_page").into_iter().filter(refusal);
    let targets = pages.filter_map(|page| Some(answering(server, page.arguments().last()?)));
    targets.filter(|chain| !chain.is_empty()).map(|chain| [&[*http, *server][..], &chain].concat()).collect()
}

/// How a place is called in a finding.
pub(super) fn called(around: &Around<'_>) -> String {
    let path = around.iter().rev().find(|block| block.name() == "location");
    path.map_or_else(|| "a server".into(), |location| location.words.join(" "))
}
