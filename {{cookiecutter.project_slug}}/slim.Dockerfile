# The project's image on plain Python, small: JupyterLab and the locked packages, and little else.
# Layers go from what changes rarely to what changes often. The arguments come from .env, by way of compose.yaml.
ARG BASE_IMAGE
FROM ${BASE_IMAGE} AS tools
USER root
# Modes are set here, and scripts run by `sh`: a checkout may have none of the bits that they need.
COPY --chmod=644 image/network.sh /usr/local/lib/
COPY --chmod=755 image/start.sh /usr/local/bin/start-project
RUN --mount=type=secret,id=http_proxy --mount=type=secret,id=https_proxy --mount=type=secret,id=no_proxy \
    --mount=type=secret,id=ca_bundle --mount=type=secret,id=apt_mirror --mount=type=tmpfs,target=/run/network \
    --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked \
    --mount=type=bind,source=image/install-packages.sh,target=/tmp/install-packages.sh \
    --mount=type=bind,source=apt.txt,target=/tmp/apt.txt \
    --mount=type=bind,source=image/leave-out.txt,target=/tmp/leave-out.txt \
    sh /tmp/install-packages.sh git ssh:openssh-client tini
RUN --mount=type=secret,id=http_proxy --mount=type=secret,id=https_proxy --mount=type=secret,id=no_proxy \
    --mount=type=secret,id=ca_bundle --mount=type=secret,id=pip_index_url --mount=type=tmpfs,target=/run/network \
    --mount=type=bind,source=image/uv.txt,target=/tmp/uv.txt \
    . /usr/local/lib/network.sh \
    && python -m pip install --quiet --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
        --require-hashes --no-deps --target /opt/uv --requirement /tmp/uv.txt \
    && ln --symbolic /opt/uv/bin/uv /usr/local/bin/uv
USER nobody
ENTRYPOINT ["start-project"]

# What trim.sh asks for: used below from this stage, of which nothing is copied.
FROM tools AS binutils
USER root
RUN --mount=type=secret,id=http_proxy --mount=type=secret,id=https_proxy --mount=type=secret,id=no_proxy \
    --mount=type=secret,id=ca_bundle --mount=type=secret,id=apt_mirror --mount=type=tmpfs,target=/run/network \
    --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked \
    --mount=type=bind,source=image/install-packages.sh,target=/tmp/install-packages.sh \
    --mount=type=bind,source=apt.txt,target=/tmp/apt.txt \
    sh /tmp/install-packages.sh strip:binutils
USER nobody

FROM tools
USER root
RUN --mount=type=bind,source=image/install-conda-packages.sh,target=/tmp/install-conda-packages.sh \
    --mount=type=bind,source=environment.yml,target=/tmp/environment.yml \
    sh /tmp/install-conda-packages.sh
RUN --mount=type=bind,source=image/make-environment.sh,target=/tmp/make-environment.sh \
    sh /tmp/make-environment.sh
RUN --mount=type=secret,id=http_proxy --mount=type=secret,id=https_proxy --mount=type=secret,id=no_proxy \
    --mount=type=secret,id=ca_bundle --mount=type=secret,id=pip_index_url --mount=type=tmpfs,target=/run/network \
    --mount=type=cache,target=/tmp/uv \
    --mount=type=bind,source=image/install-environment.sh,target=/tmp/install-environment.sh \
    --mount=type=bind,source=lab.lock,target=/tmp/lab.lock \
    --mount=type=bind,source=image/trim.sh,target=/tmp/trim.sh \
    --mount=type=bind,from=binutils,source=/usr,target=/tmp/binutils \
    --mount=type=bind,source=requirements.lock,target=/tmp/requirements.lock \
    sh /tmp/install-environment.sh /tmp/requirements.lock /tmp/lab.lock && sh /tmp/trim.sh

ARG USER_UID=1000
ARG USER_GID=100
RUN --mount=type=bind,source=image/make-user.sh,target=/tmp/make-user.sh \
    sh /tmp/make-user.sh "${USER_UID}" "${USER_GID}"

WORKDIR /home/jovyan/work
# The code, and what else .dockerignore lets travel: notebooks and data that are to be in the image.
RUN --mount=type=bind,target=/tmp/project \
    for folder in src notebooks data; do \
        if [ -d "/tmp/project/${folder}" ]; then \
            cp --recursive "/tmp/project/${folder}" . && chown --recursive "${USER_UID}:${USER_GID}" "${folder}"; \
        fi; \
    done
USER ${USER_UID}:${USER_GID}

# The last two: a library that JupySQL brings can report its use and ask for newer versions; here it may do neither.
ENV HOME=/home/jovyan NB_USER=jovyan NB_UID=${USER_UID} NB_GID=${USER_GID} \
    VIRTUAL_ENV=/opt/project \
    PATH=/opt/project/bin:${PATH} \
    JUPYTER_PATH=/opt/project/share/jupyter \
    PLOOMBER_STATS_ENABLED=false \
    PLOOMBER_VERSION_CHECK_DISABLED=true
EXPOSE 8888
