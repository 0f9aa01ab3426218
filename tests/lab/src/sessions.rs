//! Plays random sessions, and tells a failing one, shrunk, as a story.

use std::{
    cell::Cell,
    env,
    io::Write as _,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use lxd_bed::certificates::{self, Credential};
use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};

use crate::steps::{CERTIFICATES, Step, letter};

/// How many are played each time, instead of `count`.
const COUNT: &str = "LXD_INTEGRATOR_SESSIONS";

/// Plays the sessions of this seed and the next ones, and no others.
const SEED: &str = "LXD_INTEGRATOR_SEED";

/// Plays sessions that nobody has played yet for so many seconds, after the others.
const NEW: &str = "LXD_INTEGRATOR_NEW_SESSIONS_SECONDS";

/// How many seconds a failing session is shrunk, each way.
const SHRINKING: &str = "LXD_INTEGRATOR_SHRINKING_SECONDS";
const LONGEST_SHRINKING: u64 = 60;

/// When all sessions of the pure core take place, in seconds after 1970.
pub const NOW: u64 = 1_800_000_000;

/// More iterations than there is time for; the largest number would mean four.
const ENDLESS: u32 = 1_000_000;

const DAY: u64 = 24 * 60 * 60;

/// Sessions, each of which comes from its seed alone: its steps, its certificates, and when it takes place. What truly
/// runs at the same time is not fixed by it.
#[derive(Debug)]
pub struct Sessions<'a, S> {
    /// Who plays them.
    pub what: &'a str,
    /// How many there are each time.
    pub count: u64,
    /// The seed of the first one; each next one has the next.
    pub first: u64,
    /// Seeds of sessions that once failed.
    pub kept: &'a [u64],
    /// Which of them are played, and out of how many parts: every so manieth seed. Parts may be played at the same time.
    pub part: (u64, u64),
    /// What can happen.
    pub steps: S,
}

/// What happened, for people; silent unless somebody wants to know.
#[derive(Debug, Default)]
pub struct Story {
    sentences: Option<Vec<String>>,
}

impl Story {
    /// Adds a sentence.
    pub fn tell(&mut self, sentence: impl FnOnce() -> String) {
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

/// What consumers of this session ask for; the last one has expired.
pub fn clients(seed: u64) -> Vec<Credential> {
    let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
    let client = |number| {
        let until = match number == CERTIFICATES - 1 {
            true => NOW - 1000 * DAY,
            false => NOW + 10_000 * DAY,
        };
        let from = NOW - 3000 * DAY;
        certificates::seeded(seed, &letter(number).to_string(), at(from), at(until))
    };
    (0..CERTIFICATES).map(client).collect()
}

impl<S: Strategy<Value = Vec<Step>>> Sessions<'_, S> {
    /// Plays them. The first that fails is shrunk, told, and fails the test.
    pub fn prove(&self, play: impl Fn(u64, &[Step], &mut Story) -> Result<(), String>) {
        let kept = self.kept.iter().copied();
        let kept = kept.filter(|_| number(SEED).is_none());
        let first = number(SEED).unwrap_or(self.first);
        let last = first + number(COUNT).unwrap_or(self.count);
        self.play_all(first, "", kept.chain(first..last), &play);
        let Some(seconds) = number(NEW).filter(|seconds| *seconds > 0) else {
            return;
        };
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let first = since.map_or(0, |since| since.as_secs()) * 1_000_000;
        self.say(&format!("new sessions for {seconds} s, {SEED}={first}"));
        let begun = Instant::now();
        let in_time = |_: &u64| begun.elapsed() < Duration::from_secs(seconds);
        self.play_all(first, "new ", (first..).take_while(in_time), &play);
    }

    /// Plays this part of the sessions of these seeds, and tells how many there were.
    fn play_all(
        &self,
        first: u64,
        which: &str,
        seeds: impl Iterator<Item = u64>,
        play: &impl Fn(u64, &[Step], &mut Story) -> Result<(), String>,
    ) {
        let begun = Instant::now();
        let (mut sessions, mut steps) = (0_usize, 0);
        let (part, parts) = self.part;
        for seed in seeds.filter(|seed| seed % parts == part) {
            steps += self.play(seed, play);
            sessions += 1;
        }
        self.say(&format!(
            "{sessions} {which}sessions, {steps} steps, {:.1} s, {SEED}={first}",
            begun.elapsed().as_secs_f64()
        ));
    }

    /// Plays one session, and returns how many steps it has.
    fn play(
        &self,
        seed: u64,
        play: &impl Fn(u64, &[Step], &mut Story) -> Result<(), String>,
    ) -> usize {
        let config = Config {
            cases: 1,
            failure_persistence: None,
            max_shrink_iters: if shrinking().is_zero() { 0 } else { ENDLESS },
            max_shrink_time: shrinking().as_millis().try_into().unwrap_or(u32::MAX),
            ..Config::default()
        };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed.to_le_bytes(); 4].concat());
        let (steps, failed) = (Cell::new(0), Cell::new(false));
        let result = TestRunner::new_with_rng(config, rng).run(&self.steps, |session| {
            steps.set(session.len());
            play(seed, &session, &mut Story::default()).map_err(|wrong| {
                if !failed.replace(true) {
                    self.say(&format!("{SEED}={seed} failed, and is being shrunk"));
                }
                TestCaseError::fail(wrong)
            })
        });
        match result {
            Ok(()) => steps.get(),
            Err(TestError::Fail(reason, session)) => {
                let play = |steps: &[Step], story: &mut Story| play(seed, steps, story);
                tell(self.what, seed, &reason.to_string(), &session, play)
            }
            Err(TestError::Abort(reason)) => panic!("{}: {reason}", self.what),
        }
    }

    fn say(&self, line: &str) {
        say(&format!("{}: {line}", self.what));
    }
}

fn tell(
    what: &str,
    seed: u64,
    reason: &str,
    session: &[Step],
    play: impl Fn(&[Step], &mut Story) -> Result<(), String>,
) -> ! {
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
    while length > 0 && begun.elapsed() < shrinking() {
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
fn say(line: &str) {
    // Nothing depends on it.
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn shrinking() -> Duration {
    Duration::from_secs(number(SHRINKING).unwrap_or(LONGEST_SHRINKING))
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is no number: {text}")),
    )
}
