{{- define "sensor.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /* "cattleguard-sensor" whatever the release is called, unless it says more: Falco's http_output names it. */ -}}
{{- define "sensor.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if or (eq .Release.Name "cattleguard") (contains (include "sensor.name" .) .Release.Name) -}}
{{- ternary (include "sensor.name" .) .Release.Name (eq .Release.Name "cattleguard") | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "sensor.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "sensor.selectorLabels" -}}
app.kubernetes.io/name: {{ include "sensor.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sensor.testLabels" -}}
app.kubernetes.io/name: {{ include "sensor.name" . }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sensor.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "sensor.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: cattleguard
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* The annotations of an object: those of all objects, and its own in "annotations". */ -}}
{{- define "sensor.annotations" -}}
{{- $all := merge (dict) (default (dict) .annotations) .root.Values.commonAnnotations -}}
{{- if $all }}
  annotations:
    {{- toYaml $all | nindent 4 }}
{{- end }}
{{- end -}}

{{- /* Bytes of a quantity, for comparison. */ -}}
{{- define "sensor.bytes" -}}
{{- $text := . | toString -}}
{{- $number := regexFind "^[0-9.]+" $text | float64 -}}
{{- $unit := regexFind "[A-Za-z]*$" $text -}}
{{- $factors := dict "" 1.0 "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 -}}
{{- mulf $number (get $factors $unit) | int64 -}}
{{- end -}}

{{- /* Thousandths of a core. */ -}}
{{- define "sensor.millis" -}}
{{- $text := . | toString -}}
{{- ternary (trimSuffix "m" $text | float64) (mulf (trimSuffix "m" $text | float64) 1000.0) (hasSuffix "m" $text) | int64 -}}
{{- end -}}

{{- define "sensor.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "sensor.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is missing: with serviceAccount.create=false, name the one that is there" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "sensor.image" -}}
{{- $repository := required "image.repository is missing: where your registry has the sensor's image, which sensor/image/Dockerfile builds" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- /* What every container is held to. */ -}}
{{- define "sensor.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
privileged: false
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- /* What no schema can say. */ -}}
{{- define "sensor.consistent" -}}
{{- if eq (int .Values.ports.alerts) (int .Values.ports.operations) -}}
{{- fail (printf "ports.alerts and ports.operations are both %v; give each its own" .Values.ports.alerts) -}}
{{- end -}}
{{- if not .Values.up.url -}}
{{- if contains "." .Values.cluster -}}
{{- fail (printf "cluster %s has a dot, which the source of an event on EventBridge cannot have" .Values.cluster) -}}
{{- end -}}
{{- if and (eq .Values.bus.nodeIdentity "pod") (hasKey (default dict .Values.serviceAccount.annotations) "eks.amazonaws.com/role-arn") -}}
{{- fail "IRSA proves no node, so EventBridge would refuse the alerts; use EKS Pod Identity without the annotation eks.amazonaws.com/role-arn, or set bus.nodeIdentity=claimed" -}}
{{- end -}}
{{- end -}}
{{- if not (or .Values.http.enabled .Values.falcoFile.path .Values.tetragonFile.path) -}}
{{- fail "http.enabled=false leaves no input; set falcoFile.path or tetragonFile.path" -}}
{{- end -}}
{{- $limit := include "sensor.bytes" .Values.resources.limits.memory | int64 -}}
{{- if lt $limit 201326592 -}}
{{- fail (printf "resources.limits.memory is %v; the sensor needs at least 192Mi: a heap of 48 MB, 32 MB of buffers, and the code" .Values.resources.limits.memory) -}}
{{- end -}}
{{- if gt (include "sensor.bytes" .Values.resources.requests.memory | int64) $limit -}}
{{- fail (printf "resources.requests.memory is %v, more than resources.limits.memory, which is %v" .Values.resources.requests.memory .Values.resources.limits.memory) -}}
{{- end -}}
{{- if ge (mul (int64 .Values.limits.memoryMegabytes) 1048576) $limit -}}
{{- fail (printf "limits.memoryMegabytes is %v and resources.limits.memory is %v; the sensor must warn before the kernel kills it" .Values.limits.memoryMegabytes .Values.resources.limits.memory) -}}
{{- end -}}
{{- if and .Values.resources.limits.cpu (gt (include "sensor.millis" .Values.resources.requests.cpu | int64) (include "sensor.millis" .Values.resources.limits.cpu | int64)) -}}
{{- fail (printf "resources.requests.cpu is %v, more than resources.limits.cpu, which is %v" .Values.resources.requests.cpu .Values.resources.limits.cpu) -}}
{{- end -}}
{{- if and .Values.serviceAccount.annotations (not .Values.serviceAccount.create) -}}
{{- fail "serviceAccount.annotations have no effect with serviceAccount.create=false; annotate the service account that is there" -}}
{{- end -}}
{{- $set := list -}}
{{- range .Values.extraEnv -}}
{{- if has .name $set -}}
{{- fail (printf "extraEnv: %v is there twice" .name) -}}
{{- end -}}
{{- $set = append $set .name -}}
{{- end -}}
{{- $mounted := list -}}
{{- range .Values.extraVolumes -}}
{{- if has .name $mounted -}}
{{- fail (printf "extraVolumes: %v is there twice" .name) -}}
{{- end -}}
{{- $mounted = append $mounted .name -}}
{{- end -}}
{{- range .Values.extraVolumeMounts -}}
{{- if not (has .name $mounted) -}}
{{- fail (printf "extraVolumeMounts: %v is not in extraVolumes" .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
