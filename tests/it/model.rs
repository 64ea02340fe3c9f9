//! The service against a plain model of it: random steps, each answer compared, and at the end of each case every
//! known secret.
//!
//! `PROPTEST_CASES` says how many cases (256), `CLIENTPASS_MODEL_STEPS` of how many steps each (50). The usual cases
//! are the same in every run; with `PROPTEST_CASES` they are drawn anew, from `PROPTEST_RNG_SEED` if it is set.

use std::sync::{Mutex, PoisonError};

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

mod operations;
mod rules;
mod world;

use operations::{Op, TO_A_MEMBER, case};
use world::{Stage, World};

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

fn runner(cases: Option<usize>) -> TestRunner {
    let config = Config {
        cases: u32::try_from(cases.unwrap_or(256)).unwrap(),
        max_shrink_iters: 500,
        failure_persistence: None,
        ..Config::default()
    };
    match cases {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32])),
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
    let (cases, steps) = (number("PROPTEST_CASES"), number("CLIENTPASS_MODEL_STEPS").unwrap_or(50));
    let stage = Mutex::new(Stage::new());
    let outcome = runner(cases).run(&case(steps), |steps| {
        let mut stage = stage.lock().unwrap_or_else(PoisonError::into_inner);
        run(&mut stage, &steps).map_err(TestCaseError::fail)
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, steps)) => {
            let steps: String = steps.iter().map(|op| format!("    {op:?}\n")).collect();
            panic!("{reason}\nafter:\n{steps}")
        }
        Err(TestError::Abort(reason)) => panic!("aborted: {reason}"),
    }
    let hits = stage.into_inner().unwrap_or_else(PoisonError::into_inner).hits;
    let enough = cases.unwrap_or(256) * steps >= 256 * 50;
    let never: Vec<_> = possible().into_iter().filter(|pair| !hits.contains_key(pair)).collect();
    assert!(!enough || never.is_empty(), "never done: {never:?}");
}
