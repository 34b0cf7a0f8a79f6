FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install script is needed: native parts come as packages of their own. `prepare` would build before the sources are there.
RUN npm ci --ignore-scripts
COPY . .
# The embedded ClickHouse engine (540 MB) is for `nicr up` on one machine; here ClickHouse is a service. It is removed by
# name, since --omit=optional would also leave out the native parts of sharp and lz4-napi.
RUN npm run build \
  && npm prune --omit=dev --ignore-scripts \
  && rm -rf node_modules/chdb node_modules/@chdb

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production NICR_DATA_DIR=/var/lib/nicr
WORKDIR /app
RUN mkdir /var/lib/nicr && chown node:node /var/lib/nicr
COPY --from=build /app/package.json ./
COPY --from=build /app/bin ./bin
COPY --from=build /app/dist ./dist
COPY --from=build /app/models ./models
COPY --from=build /app/pipelines/guidelines ./pipelines/guidelines
COPY --from=build /app/schemas ./schemas
COPY --from=build /app/serving/pages ./serving/pages
COPY --from=build /app/node_modules ./node_modules
USER node
EXPOSE 8080
ENTRYPOINT ["node", "/app/bin/nicr.js"]
CMD ["--help"]
