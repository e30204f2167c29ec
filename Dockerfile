# One image for the shop and the balancer; docker-compose.yml says which of them runs.

FROM node:20-slim AS build
WORKDIR /app
# Manifests first: the installation is repeated only when one of them changes.
COPY package.json package-lock.json ./
COPY packages/client/package.json packages/client/
COPY packages/nest-session/package.json packages/nest-session/
COPY packages/replication/package.json packages/replication/
COPY apps/balancer/package.json apps/balancer/
COPY apps/demo-shop/package.json apps/demo-shop/
RUN npm ci --include=dev --no-audit --no-fund
COPY . .
ENV TURBO_TELEMETRY_DISABLED=1
RUN npm run build \
 && npm prune --omit=dev --no-audit --no-fund \
 && rm -rf packages/*/src apps/*/src .turbo packages/*/.turbo apps/*/.turbo

FROM node:20-slim
ENV NODE_ENV=production
WORKDIR /app
# The folder exists, and is writable, before a volume takes its place and its owner.
RUN mkdir /data && chown node:node /data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/packages ./packages
COPY --from=build /app/apps ./apps
COPY scripts/healthcheck.mjs ./scripts/
USER node
ENV HOST=0.0.0.0 PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=2s --timeout=2s --start-period=20s --retries=3 \
  CMD ["node", "scripts/healthcheck.mjs"]
CMD ["node", "--enable-source-maps", "--max-semi-space-size=64", "apps/demo-shop/dist/main.js"]
