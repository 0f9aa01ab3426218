//! Plays random sessions, and tells a failing one, shrunk, as a story.

use std::{
    cell::Cell,
    io::Write as _,
    time::{Duration, Instant},
};

use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};

use super::steps::Step;

/// Multiplies the number of sessions.
const MORE: &str = "LXD_INTEGRATOR_MORE_SESSIONS";

/// Plays other sessions, or those of an earlier run again.
const SEED: &str = "LXD_INTEGRATOR_SEED";

/// How long a failing session is shrunk, each way.
const LONGEST_SHRINKING: Duration = Duration::from_secs(60);

/// What happened, for people; silent unless somebody wants to know.
#[derive(Default)]
pub(crate) struct Story {
    sentences: Option<Vec<String>>,
}

impl Story {
    /// Adds a sentence.
    pub(crate) fn tell(&mut self, sentence: impl FnOnce() -> String) {
        if let Some(sentences) = &mut self.sentences {
            sentences.push(sentence());
        }
    }

    fn aloud() -> Self {
        Self {
            sentences: Some(Vec::new()),
        }
    }
}

/// Plays so many random sessions, the same ones each time unless the variable says otherwise. The first that fails is
/// shrunk, told, and fails the test.
pub(crate) fn prove(
    what: &str,
    sessions: u32,
    seed: u64,
    session: &impl Strategy<Value = Vec<Step>>,
    play: impl Fn(&[Step], &mut Story) -> Result<(), String>,
) {
    let sessions = sessions
        * number(MORE)
            .and_then(|more| u32::try_from(more).ok())
            .unwrap_or(1);
    let seed = number(SEED).unwrap_or(seed);
    let config = Config {
        cases: sessions,
        failure_persistence: None,
        max_shrink_time: LONGEST_SHRINKING.as_millis().try_into().unwrap_or(u32::MAX),
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed.to_le_bytes(); 4].concat());
    let (begun, steps, failed) = (Instant::now(), Cell::new(0), Cell::new(false));
    let result = TestRunner::new_with_rng(config, rng).run(session, |session| {
        steps.set(steps.get() + session.len());
        play(&session, &mut Story::default()).map_err(|wrong| {
            if !failed.replace(true) {
                say(&format!("{what}: a session failed; it is being shrunk"));
            }
            TestCaseError::fail(wrong)
        })
    });
    match result {
        Ok(()) => say(&format!(
            "{what}: {sessions} sessions, {} steps, {:.1} s, {SEED}={seed}",
            steps.get(),
            begun.elapsed().as_secs_f64()
        )),
        Err(TestError::Fail(reason, session)) => {
            tell(what, seed, &reason.to_string(), &session, play);
        }
        Err(TestError::Abort(reason)) => panic!("{what}: {reason}"),
    }
}

fn tell(
    what: &str,
    seed: u64,
    reason: &str,
    session: &[Step],
    play: impl Fn(&[Step], &mut Story) -> Result<(), String>,
) {
    let session = shortened(session, &play);
    let mut story = Story::aloud();
    let again = play(&session, &mut story).err();
    let sentences = story.sentences.unwrap_or_default();
    panic!(
        "{what}, {SEED}={seed}\n\n  {}\n\n{}\n",
        sentences.join("\n  "),
        again.unwrap_or_else(|| format!("it went well when it was told; before: {reason}"))
    );
}

/// What is left when every step that does not matter is taken out: proptest keeps a session long.
fn shortened(
    session: &[Step],
    play: impl Fn(&[Step], &mut Story) -> Result<(), String>,
) -> Vec<Step> {
    let begun = Instant::now();
    let mut session = session.to_vec();
    let mut length = session.len() / 2;
    while length > 0 && begun.elapsed() < LONGEST_SHRINKING {
        let before = session.len();
        let mut at = 0;
        while at + length <= session.len() {
            let shorter = [&session[..at], &session[at + length..]].concat();
            match play(&shorter, &mut Story::default()) {
                Ok(()) => at += 1,
                Err(_) => session = shorter,
            }
        }
        length = if session.len() < before {
            length
        } else {
            length / 2
        };
    }
    session
}

/// A line that the test harness does not swallow.
pub(crate) fn say(line: &str) {
    // Nothing depends on it.
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is no number: {text}")),
    )
}
