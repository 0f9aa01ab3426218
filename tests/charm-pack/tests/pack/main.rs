//! Archives of a small charm: good ones are written, bad ones are refused with a reason.

mod charm;
mod command;
mod refusals;
mod writing;
