"""The worker's commands, one file each; `app.cli` names them and loads each when it is called."""
