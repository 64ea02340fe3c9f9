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
        max_shrink_iters: 300,
        max_shrink_time: 30_000,
        failure_persistence: None,
        ..Config::default()
    };
    match cases {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[share; 32])),
    }
}

/// Runs a share of the cases on an application of their own; gives what was done, or the shortest case that failed.
fn run_share(cases: Option<usize>, steps: usize, share: u8) -> Result<Hits, String> {
    let stage = Mutex::new(Stage::new());
    let outcome = runner(cases, share).run(&case(steps), |steps| {
        let mut stage = stage.lock().unwrap_or_else(PoisonError::into_inner);
        run(&mut stage, &steps).map_err(TestCaseError::fail)
    });
    match outcome {
        Ok(()) => Ok(stage.into_inner().unwrap_or_else(PoisonError::into_inner).hits),
        Err(TestError::Fail(reason, steps)) => {
            // What was to come afterwards has nothing to do with it.
            let failed = reason.message().strip_prefix("step ").and_then(|text| text.split(',').next());
            let so_far = failed.and_then(|at| at.parse().ok()).map_or(steps.len(), |at: usize| at + 1);
            let steps: Vec<_> = steps.iter().take(so_far).map(|op| format!("    {op:?}")).collect();
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
