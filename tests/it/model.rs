//! The service against a plain model of it: random steps, each answer compared, and at the end of each case every
//! known secret.
//!
//! `CLIENTPASS_MODEL_CASES`, else `PROPTEST_CASES`, says how many cases (256), `CLIENTPASS_MODEL_STEPS` of how many
//! steps each (50). The usual cases are the same in every run; with a number they are drawn anew, from
//! `PROPTEST_RNG_SEED` if it is set.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

mod actions;
mod administration;
mod departments;
mod jobs;
mod late;
mod operations;
mod policy;
mod rules;
mod world;

use operations::{Op, TO_A_MEMBER, case};
use world::{Hits, Stage, World};

/// Applications that run cases at the same time, each its share.
const STAGES: u8 = 2;

fn number(variable: &str) -> Option<usize> {
    std::env::var(variable).ok().and_then(|text| text.parse().ok())
}

fn run(stage: &mut Stage, steps: &[Op]) -> Result<(), String> {
    let mut world = World::new(stage);
    for (at, op) in steps.iter().enumerate() {
        world.step(op).map_err(|difference| format!("step {at}, {op:?}: {difference}"))?;
    }
    world.finish().map_err(|difference| format!("at the end: {difference}"))
}

fn runner(cases: Option<usize>, share: u8) -> TestRunner {
    let config = Config {
        cases: u32::try_from(cases.unwrap_or(256)).unwrap().div_ceil(u32::from(STAGES)),
        // The rest is done step by step, by `shortened`.
        max_shrink_iters: 100,
        max_shrink_time: 10_000,
        failure_persistence: None,
        ..Config::default()
    };
    match cases {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[share; 32])),
    }
}

/// The story without what is not needed for its last step to fail, nor what comes after that step.
fn shortened(stage: &mut Stage, reason: String, steps: Vec<Op>) -> (String, Vec<Op>) {
    let until_failed = |reason: &str, mut steps: Vec<Op>| {
        let failed = reason.strip_prefix("step ").and_then(|text| text.split(',').next());
        steps.truncate(failed.and_then(|at| at.parse().ok()).map_or(steps.len(), |at: usize| at + 1));
        steps
    };
    let mut steps = until_failed(&reason, steps);
    let mut reason = reason;
    let mut at = steps.len();
    while at > 0 {
        at = (at - 1).min(steps.len() - 1);
        let mut fewer = steps.clone();
        fewer.remove(at);
        // Where it panics there is nothing to compare.
        let run = std::panic::AssertUnwindSafe(|| run(stage, &fewer));
        if let Ok(Err(other)) = std::panic::catch_unwind(run) {
            steps = until_failed(&other, fewer);
            reason = other;
        }
    }
    (reason, steps)
}

/// Runs a share of the cases on an application of their own; gives what was done, or a short case that failed.
fn run_share(cases: Option<usize>, steps: usize, share: u8) -> Result<Hits, String> {
    let stage = Mutex::new(Stage::new(share % 2 == 1));
    let outcome = runner(cases, share).run(&case(steps), |steps| {
        let mut stage = stage.lock().unwrap_or_else(PoisonError::into_inner);
        run(&mut stage, &steps).map_err(TestCaseError::fail)
    });
    let mut stage = stage.into_inner().unwrap_or_else(PoisonError::into_inner);
    match outcome {
        Ok(()) => Ok(stage.hits),
        Err(TestError::Fail(reason, steps)) => {
            let (reason, steps) = shortened(&mut stage, reason.message().to_owned(), steps);
            let steps: Vec<_> = steps.iter().map(|op| format!("    {op:?}")).collect();
            Err(format!("{reason}\nafter:\n{}", steps.join("\n")))
        }
        Err(TestError::Abort(reason)) => Err(format!("aborted: {reason}")),
    }
}

/// The states in which each kind of step must have found a member.
fn possible() -> Vec<(&'static str, &'static str)> {
    let states =
        ["secure login off", "secure login on", "secure login required", "suspended", "left", "dissolved"];
    let mut all: Vec<_> = TO_A_MEMBER.iter().flat_map(|kind| states.map(|state| (*kind, state))).collect();
    all.push(("Create", "nobody"));
    all
}

#[test]
fn the_service_does_what_the_model_does() {
    let cases = number("CLIENTPASS_MODEL_CASES").or(number("PROPTEST_CASES"));
    let steps = number("CLIENTPASS_MODEL_STEPS").unwrap_or(50);
    let shares = std::thread::scope(|scope| {
        let running: Vec<_> =
            (0..STAGES).map(|share| scope.spawn(move || run_share(cases, steps, share))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let mut hits = BTreeMap::new();
    for share in shares {
        match share {
            Ok(share) => hits.extend(share),
            Err(difference) => panic!("{difference}"),
        }
    }
    let enough = cases.unwrap_or(256) * steps >= 256 * 50;
    let never: Vec<_> = possible().into_iter().filter(|pair| !hits.contains_key(pair)).collect();
    assert!(!enough || never.is_empty(), "never done: {never:?}");
}
