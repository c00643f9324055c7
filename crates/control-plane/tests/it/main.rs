//! The control plane as operators, gateways and browsers meet it.

#[cfg(test)]
mod acl;
#[cfg(test)]
mod edition;
#[cfg(test)]
mod feed;
#[cfg(test)]
mod key_ages;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod onboarding;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod running;
#[cfg(test)]
mod told;
#[cfg(test)]
mod webhooks;
