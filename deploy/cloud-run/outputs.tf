output "url" {
  description = "Where the API answers; PUBLIC_URL, unless a domain of yours is in front"
  value       = google_cloud_run_v2_service.counsel.uri
}

output "consult_url" {
  description = "Where a front end asks"
  value       = "${google_cloud_run_v2_service.counsel.uri}/consult"
}

output "callback_url" {
  description = "What to register with the identity provider"
  value       = "${var.public_url != "" ? var.public_url : google_cloud_run_v2_service.counsel.uri}/callback"
}
