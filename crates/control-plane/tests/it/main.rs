//! The control plane as operators, gateways and browsers meet it.

#[cfg(test)]
mod feed;
#[cfg(test)]
mod onboarding;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod running;
