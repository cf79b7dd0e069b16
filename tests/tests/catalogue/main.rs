//! The catalogued providers: deliveries that Python signed, and the vectors that providers publish, through every door.

mod doors;
mod signed;
mod vectors;
