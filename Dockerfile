# Every image but that of the Python agent: one build, from which each target takes what it runs.
#   docker build --target service -t session-storage-service .
ARG NODE_IMAGE=node:20.20.2-bookworm-slim
ARG NGINX_IMAGE=nginx:1.28.0-bookworm

# The manifests alone: packages are fetched anew only when one of these changes.
FROM ${NODE_IMAGE} AS sources
WORKDIR /app
COPY . .
RUN find . -depth \( -type d -empty -o -type f ! -name package.json ! -name package-lock.json \) -delete

FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
ENV npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false npm_config_prefer_offline=true
COPY --from=sources /app ./

FROM manifests AS build
RUN --mount=type=cache,target=/root/.npm npm ci
COPY tsconfig.base.json ./
COPY session-protocol session-protocol
COPY session-storage-service session-storage-service
COPY container-hook-agent container-hook-agent
COPY dashboard dashboard
COPY test-containers/email_solver test-containers/email_solver
COPY test-containers/model-api test-containers/model-api
RUN npx tsc --build session-storage-service container-hook-agent test-containers/email_solver \
      test-containers/model-api && \
    npm run --silent build -w dashboard && \
    find . -path ./node_modules -prune -o \( -name '*.map' -o -name .tsbuildinfo \) -exec rm {} +

# What each image needs at run time, from the packages that the build has fetched.
FROM manifests AS service-packages
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --workspace session-storage-service

FROM manifests AS hook-packages
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=peer --workspace container-hook-agent

FROM manifests AS email-packages
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=peer --workspace email-solver

FROM manifests AS model-packages
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --workspace model-api

# Of the agents that tests run only Claude Code, whose program is in a package for each platform.
FROM manifests AS claude
WORKDIR /app/test-agents
RUN --mount=type=cache,target=/root/.npm \
    node -e "const p = require('./package.json'), name = '@anthropic-ai/claude-agent-sdk'; \
      fs.writeFileSync('package.json', JSON.stringify({ ...p, dependencies: { [name]: p.dependencies[name] } }))" && \
    npm install && \
    mv node_modules/@anthropic-ai/claude-agent-sdk-linux-*/claude /usr/local/bin/claude && \
    rm -rf node_modules

FROM ${NODE_IMAGE} AS runtime
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/session-protocol session-protocol

FROM runtime AS service
RUN install -d -o node -g node /var/claude-sessions
COPY --from=service-packages /app/node_modules node_modules
COPY --from=build /app/session-storage-service session-storage-service
ENV HOST=0.0.0.0 PORT=9000 DATA_DIR=/var/claude-sessions
USER node
VOLUME /var/claude-sessions
EXPOSE 9000
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9000/health/ready').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "session-storage-service/dist/main.js"]

FROM runtime AS model-api
COPY --from=model-packages /app/node_modules node_modules
COPY --from=build /app/test-containers/model-api test-containers/model-api
ENV HOST=0.0.0.0 PORT=8080
USER node
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "test-containers/model-api/dist/main.js"]

# An agent has two places to write to: its workspace, and the spool for what the service has not got yet.
FROM runtime AS agent
RUN install -d -o node -g node /workspace /spool
COPY --from=build /app/container-hook-agent container-hook-agent
RUN ln -s /app/container-hook-agent/bin/hook-agent.mjs /usr/local/bin/hook-agent
ENV SESSION_SPOOL_DIR=/spool WORKSPACE=/workspace HOME=/home/node
VOLUME ["/workspace", "/spool"]
HEALTHCHECK --interval=10s --timeout=10s --start-period=10s --retries=3 CMD ["hook-agent", "doctor"]

FROM agent AS email-solver
COPY --from=email-packages /app/node_modules node_modules
COPY --from=build /app/test-containers/email_solver test-containers/email_solver
USER node
CMD ["node", "test-containers/email_solver/dist/main.js"]

FROM agent AS claude-cli
COPY --from=hook-packages /app/node_modules node_modules
COPY --from=claude /usr/local/bin/claude /usr/local/bin/claude
COPY --chown=node:node test-containers/fly_achensee_claude /workspace
ENV CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1
WORKDIR /workspace
USER node
ENTRYPOINT ["sh", "start.sh"]
CMD ["-p", "/briefing 2026-06-20", "--model", "claude-sonnet-4-6"]

FROM ${NGINX_IMAGE} AS dashboard
COPY dashboard/nginx.conf /etc/nginx/nginx.conf
COPY --from=build /app/dashboard/dist/page /usr/share/nginx/html
USER 1000:1000
EXPOSE 3000
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=5s --timeout=5s --start-period=10s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/3000 && printf 'GET /icon.svg HTTP/1.0\\r\\n\\r\\n' >&3 && read -r -u 3 _ status _ && [ \"$status\" = 200 ]"]
ENTRYPOINT []
CMD ["nginx", "-g", "daemon off;"]
