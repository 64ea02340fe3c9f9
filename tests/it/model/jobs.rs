//! Bulk revocations by a job, which is held back until a later step: then it passes everybody at that moment.

use serde_json::json;

use super::rules::Those;
use super::world::{Compared, World, same, told};
use crate::support::time::until;

/// What is answered where a job has begun.
const BEGUN: (u16, &str) = (202, "");

impl World<'_> {
    /// One at a time: none while another is held back.
    pub fn begin_job(&mut self, organization: usize, those: Those) -> Compared {
        if self.job.is_some() || !self.stage.is_by_jobs() {
            return Ok(());
        }
        self.stage.hold_jobs(true);
        let body = json!({"filter": filter(those), "reason": "the model"});
        let path = format!("{}/revocations", self.paths[organization]);
        let answer = self.stage.operator().post(&path, &body);
        match self.rules.begin_job(organization, those) {
            Ok(job) => {
                told("begin a job", &answer, BEGUN)?;
                self.job = Some((job, format!("{path}/{}", answer.text_of("id"))));
                Ok(())
            }
            Err(refused) => told("begin a job", &answer, refused),
        }
    }

    pub fn pass_job(&mut self) -> Compared {
        let Some((job, path)) = self.job.take() else { return Ok(()) };
        self.stage.hold_jobs(false);
        let read = || self.stage.operator().get(&path).body;
        until("the end of the job", || read()["state"] != "running");
        let ((state, ended), read) = (self.rules.pass(&job), read());
        same("a job", (&read["state"], &read["ended"]["client_passwords"]), (&json!(state), &json!(ended)))
    }

    pub fn stop_job(&mut self) -> Compared {
        let Some((job, path)) = self.job.take() else { return Ok(()) };
        let stopped = self.stage.operator().send("POST", &format!("{path}/stop"), None);
        self.stage.hold_jobs(false);
        told("stop a job", &stopped, (200, ""))?;
        self.rules.stop(&job);
        same("a stopped job", &stopped.body["ended"]["client_passwords"], &json!(0))
    }
}

/// The filter that a request says.
pub fn filter(those: Those) -> serde_json::Value {
    match those {
        Those::All => json!({"all": true}),
        Those::OfLabel(label) => json!({"label": format!("label {label}")}),
    }
}
