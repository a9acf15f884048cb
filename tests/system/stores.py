"""Where the hub's documents are in a story: in a file of the branch's folder, or on a CouchDB."""

from uuid import uuid4

from hub.settings import STORE


class InFolder:
    """SQLite: what is done to the folder is done to the documents. ``words`` tell ``tovay-hub init``."""

    name, words = STORE, ()

    def twin(self):
        """The documents of a copy of the folder."""
        return self

    def copy(self):
        """A backup of what is not in the folder."""

    def put_back(self, backup):
        """It is there again, and nothing of what came after it."""

    def lose(self, folder):
        """No document is left."""
        for path in folder.glob(f"{STORE}*"):
            path.unlink()

    def reach(self, folder, other):
        """Let the folder of another machine reach the documents of this one."""
        (other / STORE).symlink_to(folder / STORE)

    def close(self):
        """The folder is gone with the story."""


class OnCouch:
    """Databases of their own on the server of this run, whose password is in a file."""

    def __init__(self, couch, password_file):
        self.name = f"tovay-test-{uuid4().hex}"
        self._couch, self._password_file = couch, password_file

    @property
    def words(self):
        place = ("--url", self._couch.url, "--user", self._couch.user, "--password-file", self._password_file)
        return "--store", "couchdb", *place, "--database", self.name

    def twin(self):
        made = OnCouch(self._couch, self._password_file)
        self._couch.fill(made.name, self.copy())
        return made

    def copy(self):
        return self._couch.copy(self.name)

    def put_back(self, backup):
        self._couch.drop(self.name)
        self._couch.fill(self.name, backup)

    def lose(self, folder):
        self._couch.drop(self.name)

    def reach(self, folder, other):
        """Its settings say where they are."""

    def close(self):
        self._couch.drop(self.name)
