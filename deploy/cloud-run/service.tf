# The service. Whoever may call it is decided by our own tokens, so everybody may invoke it.
resource "google_service_account" "counsel" {
  account_id   = "counsel"
  display_name = "Counsel"
}

data "google_secret_manager_secret" "named" {
  for_each  = var.secrets
  secret_id = each.value
}

resource "google_secret_manager_secret_iam_member" "reads" {
  for_each  = data.google_secret_manager_secret.named
  secret_id = each.value.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.counsel.member
}

locals {
  # A mounted secret is a file, read when it is needed: the newest version, without a restart.
  mounted = { for name, secret in var.secrets : name => "/secrets/${lower(replace(name, "_", "-"))}" }
  environment = merge(var.settings, {
    TABLE_NAME      = var.table
    AWS_REGION      = var.aws_region
    AWS_ROLE_ARN    = aws_iam_role.counsel.arn
    DEFAULT_MODEL   = var.default_model
    BEDROCK         = var.bedrock ? "on" : "off"
    PUBLIC_URL      = var.public_url
    ALLOWED_ORIGINS = join(",", var.allowed_origins)
  }, { for name, folder in local.mounted : name => "file:${folder}/value" })
}

resource "google_cloud_run_v2_service" "counsel" {
  name     = "counsel"
  location = var.region
  ingress  = "INGRESS_TRAFFIC_ALL"

  # Every secret has to be readable before the first instance starts.
  depends_on = [google_secret_manager_secret_iam_member.reads, aws_iam_role_policy.table]

  template {
    service_account                  = google_service_account.counsel.email
    max_instance_request_concurrency = var.concurrency
    # The longest that Cloud Run lets a stream last; a client comes back where it was.
    timeout = "3600s"

    scaling {
      min_instance_count = 0
      max_instance_count = var.most_instances
    }

    containers {
      image = var.image

      ports {
        container_port = 8080
      }

      resources {
        limits = {
          cpu    = "1"
          memory = "512Mi"
        }
        # An answer whose reader has hung up is still being written: it needs the processor between requests.
        cpu_idle          = false
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = local.environment
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "volume_mounts" {
        for_each = local.mounted
        content {
          name       = lower(replace(volume_mounts.key, "_", "-"))
          mount_path = volume_mounts.value
        }
      }

      startup_probe {
        period_seconds    = 1
        timeout_seconds   = 1
        failure_threshold = 30
        http_get {
          path = "/health"
        }
      }

      # Alive is enough: a store that is away is not cured by a restart, which would cut every stream.
      liveness_probe {
        period_seconds    = 30
        timeout_seconds   = 5
        failure_threshold = 3
        http_get {
          path = "/health"
        }
      }
    }

    dynamic "volumes" {
      for_each = var.secrets
      content {
        name = lower(replace(volumes.key, "_", "-"))
        secret {
          secret = volumes.value
          items {
            version = "latest"
            path    = "value"
          }
        }
      }
    }
  }
}

resource "google_cloud_run_v2_service_iam_member" "everybody" {
  name     = google_cloud_run_v2_service.counsel.name
  location = google_cloud_run_v2_service.counsel.location
  role     = "roles/run.invoker"
  member   = "allUsers"
}
