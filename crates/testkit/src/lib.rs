#![doc = include_str!("../README.md")]

pub mod fixed;
pub mod hostile;
pub mod otlp;
pub mod postgres;
pub mod real_llm;
pub mod scripted_llm;
pub mod test_db;
pub mod told;
pub mod valkey;
