//! What a recorded session does not reach: a topic a file.

#[path = "model/agents.rs"]
mod agents;
#[path = "model/anything.rs"]
mod anything;
#[path = "model/archives.rs"]
mod archives;
#[path = "model/clock.rs"]
mod clock;
#[path = "model/cross_model.rs"]
mod cross_model;
#[path = "model/failing.rs"]
mod failing;
#[path = "model/forced.rs"]
mod forced;
#[path = "model/kills.rs"]
mod kills;
#[path = "model/leaving.rs"]
mod leaving;
#[path = "model/operator.rs"]
mod operator;
#[path = "model/params.rs"]
mod params;
#[path = "model/relations.rs"]
mod relations;
#[path = "model/secrets.rs"]
mod secrets;
#[path = "model/shell.rs"]
mod shell;
#[path = "model/together.rs"]
mod together;
#[path = "model/versions.rs"]
mod versions;
