//! The program as its users run it: the real binary, real sockets, real databases.

#[cfg(test)]
mod acl;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod language_model;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod program;
#[cfg(test)]
mod separate_roles;
#[cfg(test)]
mod up;
#[cfg(test)]
mod watching;
