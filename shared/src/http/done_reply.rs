//! That something was done, in a sentence, as clients of other systems expect it.

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = Done)]
pub struct DoneReply {
    message: &'static str,
}

impl DoneReply {
    pub fn saying(message: &'static str) -> Self {
        Self { message }
    }
}
