//! What a recorded session does not reach: a topic a file.

mod agents;
mod anything;
mod archives;
mod clock;
mod cross_model;
mod failing;
mod forced;
mod kills;
mod leaving;
mod operator;
mod params;
mod relations;
mod secrets;
mod shell;
mod together;
mod versions;
