{{/*
For your own charts. With this one as a dependency its values are .Values.outrigger there, and a pod is given the sidecar so:

  spec:
    terminationGracePeriodSeconds: 45
    {{- include "outrigger.pod" (dict "outrigger" .Values.outrigger "chart" "0.1.0") | nindent 4 }}
    initContainers:
      {{- include "outrigger.initContainers" (dict "outrigger" .Values.outrigger "chart" "0.1.0") | nindent 6 }}
    containers:
      {{- include "outrigger.containers" (dict "outrigger" .Values.outrigger "chart" "0.1.0") | nindent 6 }}
      - name: yours
    volumes:
      {{- include "outrigger.volumes" (dict "outrigger" .Values.outrigger) | nindent 6 }}

Of the two lists of containers one is empty, as `mode` says. "chart" is the tag of the image when image.tag is empty.
*/}}

{{- define "outrigger.pod" -}}
securityContext:
  runAsNonRoot: true
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "outrigger.initContainers" -}}
{{- if eq .outrigger.mode "native" }}
{{- include "outrigger.container" . }}
{{- end }}
{{- end }}

{{- define "outrigger.containers" -}}
{{- if eq .outrigger.mode "classic" }}
{{- include "outrigger.container" . }}
{{- end }}
{{- end }}

{{- define "outrigger.container" -}}
{{- $values := .outrigger -}}
- name: outrigger
  image: {{ printf "%s:%s" $values.image.repository ($values.image.tag | default .chart) | quote }}
  imagePullPolicy: {{ $values.image.pullPolicy }}
  {{- if eq $values.mode "native" }}
  restartPolicy: Always
  {{- end }}
  env:
    - name: OUTRIGGER_NODE_ID
      valueFrom: {fieldRef: {fieldPath: metadata.name}}
    {{- if $values.spire.enabled }}
    - name: OUTRIGGER_SPIFFE_SOCKET
      value: {{ printf "/run/spire/%s" $values.spire.socket | quote }}
    {{- end }}
    {{- if $values.token.enabled }}
    - name: OUTRIGGER_CONTROL_PLANE_TOKEN
      value: /var/run/secrets/tokens/xds
    {{- end }}
    {{- range $key, $value := $values.settings }}
    - name: {{ printf "OUTRIGGER_%s" ($key | upper | replace "-" "_") }}
      value: {{ kindIs "slice" $value | ternary (join "," $value) (toString $value) | quote }}
    {{- end }}
    {{- with $values.env }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  ports:
    - {name: status, containerPort: 15020}
    - {name: envoy-stats, containerPort: 15090}
  {{- if eq $values.mode "native" }}
  startupProbe:
    httpGet: {path: /healthz/ready, port: status}
    periodSeconds: 1
    failureThreshold: {{ $values.startSeconds }}
  lifecycle:
    preStop:
      exec: {command: [outrigger, drain]}
  {{- else }}
  lifecycle:
    postStart:
      exec: {command: [outrigger, wait, --timeout={{ $values.startSeconds }}]}
  {{- end }}
  readinessProbe:
    httpGet: {path: /healthz/ready, port: status}
    periodSeconds: 5
    failureThreshold: 2
  livenessProbe:
    httpGet: {path: /healthz/live, port: status}
    periodSeconds: 10
    failureThreshold: 6
  resources:
    {{- toYaml $values.resources | nindent 4 }}
  securityContext:
    allowPrivilegeEscalation: false
    capabilities: {drop: [ALL]}
    readOnlyRootFilesystem: true
    runAsNonRoot: true
    runAsUser: 1337
    runAsGroup: 1337
  volumeMounts:
    - {name: outrigger, mountPath: /var/run/outrigger}
    {{- if $values.spire.enabled }}
    - {name: outrigger-spire, mountPath: /run/spire, readOnly: true}
    {{- end }}
    {{- if $values.token.enabled }}
    - {name: outrigger-tokens, mountPath: /var/run/secrets/tokens, readOnly: true}
    {{- end }}
{{- end }}

{{- define "outrigger.volumes" -}}
{{- $values := .outrigger -}}
- name: outrigger
  emptyDir: {medium: Memory, sizeLimit: {{ $values.workDirSize }}}
{{- if $values.spire.enabled }}
- name: outrigger-spire
  csi: {driver: {{ $values.spire.driver }}, readOnly: true}
{{- end }}
{{- if $values.token.enabled }}
- name: outrigger-tokens
  projected:
    sources:
      - serviceAccountToken:
          path: xds
          audience: {{ $values.token.audience | quote }}
          expirationSeconds: {{ $values.token.expirationSeconds }}
{{- end }}
{{- end }}
