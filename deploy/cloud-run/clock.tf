# Erasures go on a minute's time after their delay, in any instance that lives then. Without requests there is none: this
# brings one, so that everybody is erased within a day. Its answer does not matter.
resource "google_cloud_scheduler_job" "clock" {
  name     = "counsel-clock"
  schedule = "0 */6 * * *"

  http_target {
    http_method = "GET"
    uri         = "${google_cloud_run_v2_service.counsel.uri}/health"
  }
}
