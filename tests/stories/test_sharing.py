"""Two reviews that need the same package at the same moment, in two worker processes, download and open it once."""

from __future__ import annotations

from app.demo.faults import drips
from app.demo.packages import npm_tarball
from app.demo.stage import raised_stage
from tests.stories.theatre import GREETER, npm_files, sri


def test_two_workers_that_need_the_same_package_at_once_fetch_it_once() -> None:
    """Real processes: the registry takes its time for the archive, and the second review waits for the first."""
    with raised_stage(workers=2, more={"ASSAY_METRICS_BIND": "off"}) as stage:
        tarball = npm_tarball("@harbour/left", "1.0.0", GREETER)
        stage.registry.shelf.put_npm("@harbour/left", "1.0.0", tarball)
        stage.registry.shelf.break_path("/npm/@harbour/left/-/", drips(tarball, 2.0 / len(tarball)))
        repositories = [stage.github.repository(f"harbour/shop-{number}", npm_files({})) for number in range(2)]
        stage.github.install(stage.app, "harbour", repositories)
        files = npm_files({"@harbour/left": ("1.0.0", sri(tarball))})
        pulls = [stage.github.open_pull(repository, "Add left", files) for repository in repositories]
        assert [stage.wait_for_check(pull, 60).conclusion for pull in pulls] == ["success", "success"]
        fetched = [seen.path for seen in stage.registry.seen if seen.path.endswith(".tgz")]
        assert len(fetched) == 1
