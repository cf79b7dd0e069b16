//! The memory that the library takes, by a counting allocator, which has this program for itself.

mod allocation;
mod leaks;
mod store;
