//! Secrets as a deployed process meets them: AWS's manager through the real SDK against moto, Google's against a fake.

mod away;
mod keys;
mod managers;
mod model_keys;
mod moto;
mod operator;
mod role;
mod rotate;
mod start;

use managers::Manager;
