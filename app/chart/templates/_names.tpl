{{- define "up.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /* "cattleguard-up" whatever the release is called, unless it says more: the sensors' up.url names it. */ -}}
{{- define "up.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if or (eq .Release.Name "cattleguard") (contains (include "up.name" .) .Release.Name) -}}
{{- ternary (include "up.name" .) .Release.Name (eq .Release.Name "cattleguard") | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "up.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "up.selectorLabels" -}}
app.kubernetes.io/name: {{ include "up.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "up.testLabels" -}}
app.kubernetes.io/name: {{ include "up.name" . }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "up.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "up.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: cattleguard
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* The annotations of an object: those of all objects, and its own in "annotations". */ -}}
{{- define "up.annotations" -}}
{{- $all := merge (dict) (default (dict) .annotations) .root.Values.commonAnnotations -}}
{{- if $all }}
  annotations:
    {{- toYaml $all | nindent 4 }}
{{- end }}
{{- end -}}

{{- define "up.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "up.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is missing: with serviceAccount.create=false, name the one that is there" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "up.image" -}}
{{- $repository := required "image.repository is missing: where your registry has the image of cattleguard up, which app/image/Dockerfile builds" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- /* The name of a policy file in a ConfigMap, whose keys have no "/". */ -}}
{{- define "up.policyKey" -}}
{{- replace "/" "__" . -}}
{{- end -}}

{{- /* What every container is held to. */ -}}
{{- define "up.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
privileged: false
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- /* What no schema can say. */ -}}
{{- define "up.consistent" -}}
{{- if eq (int .Values.ports.alerts) (int .Values.ports.operations) -}}
{{- fail (printf "ports.alerts and ports.operations are both %v; give each its own" .Values.ports.alerts) -}}
{{- end -}}
{{- if and .Values.board.enabled (has (int .Values.board.port) (list (int .Values.ports.alerts) (int .Values.ports.operations))) -}}
{{- fail (printf "board.port is %v, which is a port of ports; give it its own" .Values.board.port) -}}
{{- end -}}
{{- if not (or .Values.input.accounts .Values.input.tokenSecret.name) -}}
{{- fail "input.accounts and input.tokenSecret.name are empty, so nobody could post an alert; set one of them" -}}
{{- end -}}
{{- if and .Values.policy.files .Values.policy.configMap.name -}}
{{- fail "policy.files and policy.configMap.name are both set; set one of them" -}}
{{- end -}}
{{- if and .Values.policy.files (not (and (hasKey .Values.policy.files "scoring.yaml") (hasKey .Values.policy.files "routes.yaml"))) -}}
{{- fail "policy.files has no scoring.yaml or no routes.yaml; set every file of the policy directory" -}}
{{- end -}}
{{- if and .Values.policy.configMap.name (not .Values.policy.configMap.items) -}}
{{- fail "policy.configMap.items is empty; give each file its path, such as {key: reverse-shell.yaml, path: playbooks/reverse-shell.yaml}" -}}
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
{{- end -}}
