//! The system's random number generator.

use aws_lc_rs::rand;
use domain::clock::Entropy;

/// Random bytes from aws-lc's generator, which the operating system seeds.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        rand::fill(bytes).expect("aws-lc aborts the process before it returns weak randomness");
    }
}
