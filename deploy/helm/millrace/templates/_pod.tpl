{{- /* The pod of both modes; they differ in what `state` is. */ -}}
{{- define "millrace.pod" -}}
metadata:
  labels:
    {{- include "millrace.labels" . | nindent 4 }}
  annotations:
    # Rules are taken on as they change; settings by a process that starts.
    millrace/settings: {{ .Values.settings | toYaml | sha256sum }}
spec:
  serviceAccountName: {{ include "millrace.name" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false # a service's name must not become a setting's variable
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  terminationGracePeriodSeconds: {{ add .Values.stopTimeoutSeconds 30 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: { type: RuntimeDefault }
  {{- if .Values.setup }}
  initContainers:
    - name: setup
      {{- include "millrace.container" . | nindent 6 }}
      workingDir: /etc/millrace
      command: [sh, -c, exec millrace setup rules/*.mill --apply]
  {{- end }}
  containers:
    - name: millrace
      {{- include "millrace.container" . | nindent 6 }}
      ports:
        - { name: http, containerPort: 7420 }
      startupProbe:
        httpGet: { path: /health/live, port: http }
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: { path: /health/live, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /health/ready, port: http }
        periodSeconds: 5
        timeoutSeconds: 5
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .Values.cluster.enabled }}
  topologySpreadConstraints: # two on one node end together
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "millrace.selector" . | nindent 10 }}
  {{- end }}
  volumes:
    - name: settings
      configMap: { name: {{ include "millrace.name" . }} }
    - name: rules
      configMap: { name: {{ include "millrace.rulesConfigMap" . }} }
    - name: temporary
      emptyDir: { medium: Memory, sizeLimit: 64Mi }
    {{- with .Values.filesSecret }}
    - name: files
      secret: { secretName: {{ . }}, defaultMode: 0440 }
    {{- end }}
    {{- if .Values.cluster.enabled }}
    - name: state
      emptyDir: {}
    {{- end }}
{{- end }}

{{- define "millrace.container" -}}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
env:
  - { name: MILLRACE_STOP_TIMEOUT, value: "{{ .Values.stopTimeoutSeconds }}s" }
  {{- if .Values.cluster.enabled }}
  - { name: MILLRACE_CLUSTER_NAME, value: {{ include "millrace.name" . | quote }} } # a process is named after its pod
  {{- end }}
  {{- range $variable, $from := .Values.secrets }}
  - name: {{ $variable }}
    valueFrom:
      secretKeyRef: { name: {{ $from.name }}, key: {{ $from.key }} }
  {{- end }}
volumeMounts:
  - { name: settings, mountPath: /etc/millrace/millrace.yaml, subPath: millrace.yaml, readOnly: true }
  - { name: rules, mountPath: /etc/millrace/rules, readOnly: true } # no subPath: changes arrive
  - { name: state, mountPath: /var/lib/millrace }
  - { name: temporary, mountPath: /tmp }
  {{- if .Values.filesSecret }}
  - { name: files, mountPath: /etc/millrace/files, readOnly: true }
  {{- end }}
{{- end }}
